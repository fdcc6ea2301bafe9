"""The archives that CLUE publishes, with the checksums that are documented."""

from typing import NamedTuple

ADDRESS = "https://storage.googleapis.com/cluebenchmark/tasks"


class Published(NamedTuple):
    """The file name of an archive, and its sha256 where one is documented."""

    name: str
    sha256: str | None = None


# By the folder of the task. The checksums are those of `dataset_infos.json`
# of huggingface/datasets (datasets/clue, commit 040102f100964a33fd334e2695f1),
# taken of the files at ADDRESS in 2020; CLUE may have replaced some of them
# since. It has none of cluener_public.zip, and of OCNLI that of another
# archive.
ARCHIVES = {
    "afqmc": Published(
        "afqmc_public.zip",
        "5a4cb1556b833010c329fa2ad2207d9e98fc94071b7e474015e9dd7c385db4dc",
    ),
    "tnews": Published(
        "tnews_public.zip",
        "77c476e70cfe0b014a81b84c6e1db2142a8a2f52f4ae0a8216aa75e673933462",
    ),
    "iflytek": Published(
        "iflytek_public.zip",
        "c59b961b29f1d0bad0c5e01aa62e4a61a80e9cfb980ce89b06c000851fbb3b06",
    ),
    "cmnli": Published(
        "cmnli_public.zip",
        "3a3f3b1d3d27134cf11e585156f07fa050bd0a0836821c02696af0dbaa14513b",
    ),
    "ocnli": Published("ocnli_public.zip"),
    "wsc": Published(
        "cluewsc2020_public.zip",
        "ebe5f357b19392d601be401b2fd4246983f534809a078eab7bda1de418fb3ffe",
    ),
    "csl": Published(
        "csl_public.zip",
        "795d1a2e475d59acad8236f6c5baba7a0b43d3e0508cb60f15ffbc76d5f437c4",
    ),
    "cmrc2018": Published(
        "cmrc2018_public.zip",
        "6c63dc27e728ec5231aeb7d2861b4c90b6c116390582e0c44416cf3edf030b16",
    ),
    "chid": Published(
        "chid_public.zip",
        "be02dbcc41a9c237542141f53836e70a209f7a686cf894891411c7e5534f73a4",
    ),
    "c3": Published(
        "c3_public.zip",
        "20dfa683c57c9795129e22d8dd0c299d6b2a29fbc84758ef2ebdb8b2904d7e12",
    ),
    "cluener": Published("cluener_public.zip"),
}
