"""Windows against counting their positions one by one."""

from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc.layers.geometry import Portions, Spread, Window
from cnncalc.numbers.arith import ceil_div

N = st.integers(1, 30)
SMALL = st.integers(1, 5)
PAD = st.integers(0, 4)


@given(N, SMALL, SMALL, PAD, PAD, SMALL)
def test_a_window_stands_wherever_all_its_cells_are(
    n: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> None:
    window = Window(kernel, stride, before, after, dilation)
    assume(window.extent <= n + before + after)
    starts = [s for s in range(-before, n + after, stride) if s + window.extent <= n + after]
    assert window.output(n) == len(starts)
    assert [window.seen(cell)[0] for cell in range(len(starts))] == starts
    assert all(-before <= seen < n + after for seen in window.seen(len(starts) - 1))
    assert window.left_over(n) == n + after - (starts[-1] + window.extent)


@given(N, SMALL, SMALL, PAD, PAD, SMALL)
def test_in_ceil_mode_a_window_takes_what_the_one_before_left_over(
    n: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> None:
    window = Window(kernel, stride, before, after, dilation, ceil=True)
    assume(window.extent <= n + before + after)
    end = n + after
    starts = [s for s in range(-before, n, stride) if s + window.extent <= end or s - stride + window.extent < end]
    assert window.output(n) == len(starts)
    assert window.left_over(n) == 0


@given(N, SMALL, SMALL, SMALL)
def test_same_padding_gives_the_side_over_the_stride(n: int, kernel: int, stride: int, dilation: int) -> None:
    before, after = Window(kernel, stride, dilation=dilation).same(n)
    assert after - before in (0, 1)
    assert Window(kernel, stride, before, after, dilation).output(n) == ceil_div(n, stride)
    assert Window(kernel, stride, after, before, dilation).output(n) == ceil_div(n, stride)


@given(N, SMALL, SMALL, SMALL, st.data())
def test_a_spread_reaches_as_far_as_its_last_cell(
    n: int, kernel: int, stride: int, dilation: int, data: st.DataObject
) -> None:
    spread = Spread(kernel, stride, 0, 0, dilation)
    reached = {cell for cell in range(2 * n * stride + 20) if any(0 <= i < n for i in spread.seen(cell))}
    assert spread.output(n) == max(reached) + 1
    before = data.draw(st.integers(0, 2))
    assert Spread(kernel, stride, before, before, dilation).output(n) == spread.output(n) - 2 * before


@given(N, N)
def test_portions_cover_the_side(n: int, size: int) -> None:
    portions = Portions(n, size)
    seen = [portions.seen(cell) for cell in range(size)]
    assert {cell for cells in seen for cell in cells} == set(range(n))
    outputs, inputs = portions.period
    assert portions.seen(outputs) == [cell + inputs for cell in seen[0]]
