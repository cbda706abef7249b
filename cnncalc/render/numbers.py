"""How numbers are written: K, M, G are thousands, KiB, MiB, GiB 1024s, and everything exactly when asked."""

from __future__ import annotations

from cnncalc.numbers.arith import Number

THOUSANDS = ("", "K", "M", "G", "T", "P", "E")
EIGHTHS = " ▏▎▍▌▋▊▉"
BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def exact(number: Number) -> str:
    """Write every digit: 60,965,224."""
    return f"{number:,}"


def short(number: Number) -> str:
    """Write four digits as they are and more with three significant ones: 4,096, 34.9K, 61.0M."""
    if not isinstance(number, int):
        from cnncalc.numbers.notation import TEXT
        from cnncalc.numbers.symbolic import write

        return write(number, TEXT._replace(number=short))
    if number < 10_000:
        return exact(number)
    mantissa, exponent = f"{number:.2e}".split("e")
    unit, whole = divmod(int(exponent), 3)
    if unit >= len(THOUSANDS):
        return f"{mantissa}e{int(exponent)}"
    digits = mantissa.replace(".", "")
    point = "." if whole < 2 else ""
    return f"{digits[: whole + 1]}{point}{digits[whole + 1 :]}{THOUSANDS[unit]}"


def short_bytes(number: Number) -> str:
    """Write bytes with three significant digits: 512 B, 34.1 KiB, 233 MiB."""
    if not isinstance(number, int):
        text = short(number)
        return f"({text}) B" if " " in text else f"{text} B"
    power = min(max(number.bit_length() - 1, 0) // 10, len(BYTES) - 1)
    if power == 0:
        return f"{number} B"
    size = number / 1024**power
    decimals = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{size:.{decimals}f} {BYTES[power]}"


def decimal(number: Number) -> str:
    """Write a number that is not counted, such as a standard deviation, with four significant digits."""
    return f"{number:#.4g}" if isinstance(number, float) else str(number)


def percent(share: float) -> str:
    """Write a part of a whole: 57.8%, and never 0% for what is not nothing."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{100 * share:.1f}%" if share else "0%"


def drawn(share: float, width: int) -> str:
    """Draw a part of a whole as a bar of at most `width` cells, in eighths of a cell."""
    full, eighths = divmod(round(share * width * 8), 8)
    return "█" * full + EIGHTHS[eighths].strip()
