import asyncio

from travelcrawl.middlewares.order import Order


async def waits(order: Order, led_by: str | None, number: int) -> asyncio.Task[None]:
    task = asyncio.create_task(order.turn(led_by, number))
    await asyncio.sleep(0)
    return task


async def test_a_page_waits_for_the_one_that_led_to_it() -> None:
    order = Order()
    order.begin("list")
    task = await waits(order, "list", order.begin("page"))
    assert (task.done(), order.waiting) == (False, 1)
    order.passed("list")
    await task
    assert order.waiting == 0


async def test_nobody_waits_for_what_is_not_known_or_was_read_later() -> None:
    order = Order()
    early = order.begin("page")
    order.begin("list")
    for led_by, number in [(None, early), ("elsewhere", early), ("list", early), ("page", early)]:
        await asyncio.wait_for(order.turn(led_by, number), 10)


async def test_a_page_that_is_read_again_keeps_its_place() -> None:
    order = Order()
    order.begin("list")
    number = order.begin("page")
    order.begin("list")
    task = await waits(order, "list", number)
    assert not task.done()
    order.clear()
    await task


async def test_whoever_no_longer_waits_is_passed_over() -> None:
    order = Order()
    order.begin("list")
    gone, stays = await waits(order, "list", order.begin("a")), await waits(order, "list", order.begin("b"))
    gone.cancel()
    await asyncio.sleep(0)
    order.passed("list")
    await stays
    assert order.waiting == 0
