using CsCheck;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Tests.Engine;

public sealed class IndexedHeapTests
{
    [Fact]
    public void Whatever_is_added_moved_and_removed_the_earliest_comes_first() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20], Gen.Int[0, 1000]).List[0, 300].Sample(steps =>
        {
            var heap = new IndexedHeap<Item, Item.Order>();
            var model = new List<Item>();
            foreach (var (step, due, pick) in steps)
            {
                if (step <= 1 || model.Count == 0)
                {
                    var added = new Item { Due = due, Number = model.Count + (pick * 1000L) };
                    heap.Add(added);
                    model.Add(added);
                }
                else if (step == 2)
                {
                    var removed = model[pick % model.Count];
                    model.Remove(removed);
                    heap.Remove(removed);
                }
                else
                {
                    var moved = model[pick % model.Count];
                    moved.Due = due;
                    heap.Update(moved);
                }

                Assert.Equal(model.Count, heap.Count);
                heap.TryPeek(out var first, out _);
                Assert.Equal(model.OrderBy(i => (i.Due, i.Number)).FirstOrDefault()?.Due, first?.Due);
            }

            var expected = model.OrderBy(i => i.Due).Select(i => i.Due).ToList();
            var drained = new List<long>();
            while (heap.TryPeek(out var next, out var at))
            {
                Assert.Equal(next.Due, at);
                drained.Add(at);
                heap.Remove(next);
            }

            Assert.Equal(expected, drained);
        });

    private sealed class Item
    {
        internal long Due;
        internal long Number;
        internal int Place = -1;

        internal readonly struct Order : IHeapOrder<Item>
        {
            static long IHeapOrder<Item>.Due(Item item) => item.Due;

            public static long Tie(Item item) => item.Number;

            static ref int IHeapOrder<Item>.Place(Item item) => ref item.Place;
        }
    }
}
