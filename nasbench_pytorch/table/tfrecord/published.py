"""The published files: addresses, digests and sizes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedFile:
    """A file that somebody has published.

    Attributes:
        url: address of the file.
        sha256: digest, 64 hex digits.
        largest_bytes: more is not accepted from a server.
        mirrors: further addresses of the same bytes, in the order in which they are tried.
        size_bytes: size, roughly, for messages; 0 if unknown.
        saved_as: file name on this machine; empty for that in the address.
    """

    url: str
    sha256: str
    largest_bytes: int = 4_000_000_000
    mirrors: tuple[str, ...] = ()
    size_bytes: int = 0
    saved_as: str = ""

    @property
    def name(self) -> str:
        """File name, without folders."""
        return self.saved_as or self.url.rsplit("/", 1)[-1]

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, in the order in which they are tried."""
        return (self.url, *self.mirrors)


PUBLISHED: dict[str, PublishedFile] = {
    "full": PublishedFile(
        "https://storage.googleapis.com/nasbench/nasbench_full.tfrecord",
        "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
        mirrors=("https://commondatastorage.googleapis.com/nasbench/nasbench_full.tfrecord",),
        size_bytes=2_090_000_000,
    ),
    "only108": PublishedFile(
        "https://storage.googleapis.com/nasbench/nasbench_only108.tfrecord",
        "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
        1_000_000_000,
        mirrors=("https://commondatastorage.googleapis.com/nasbench/nasbench_only108.tfrecord",),
        size_bytes=523_000_000,
    ),
}
"""The whole table (all four budgets, 2 GB) and its part at 108 epochs (0.5 GB). The second address of each is another
name of the same store, for networks that do not reach the first."""
