"""What a processor's int8 arithmetic does to a graph's answers."""

from pathlib import Path


def products_saturate() -> bool:
    """x86 without VNNI sums pairs of uint8 x int8 products in 16 bits, which is too few for the text models. The session
    option `session.x64quantprecision` avoids it at the cost of speed; with VNNI it would halve the speed for nothing."""
    cpu = Path("/proc/cpuinfo")
    flags = cpu.read_text() if cpu.exists() else ""
    return "avx2" in flags and "vnni" not in flags
