"""What is left of uploads that were cut off: nothing."""

from __future__ import annotations

from pathlib import Path

from gradio import route_utils
from gradio.route_utils import GradioMultiPartParser
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect


class UploadParser(GradioMultiPartParser):
    """Gradio's, which removes what it wrote so far where a request is wrong, and here also where it ends early.

    As where the disk is full, or where the visitor leaves: such files are known to nobody, and would stay for good.
    """

    async def parse(self) -> FormData:
        try:
            return await super().parse()
        except BaseException as error:
            for file in self._files_to_close_on_error:
                file.close()
                Path(file.name).unlink(missing_ok=True)
            if isinstance(error, ClientDisconnect):  # of which the server would log a traceback
                raise MultiPartException("The upload was cut off.") from None
            raise


def remove_cut_uploads() -> None:
    """Let Gradio read uploads so."""
    route_utils.GradioMultiPartParser = UploadParser
