using CsCheck;
using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class DeadlineHeapTests
{
    private sealed class Item : IDeadline
    {
        public int Place { get; set; } = -1;
    }

    [Fact]
    public void It_agrees_with_a_sorted_list_under_any_changes()
    {
        // Each step: an item, and its new deadline, or its removal (negative).
        Gen.Select(Gen.Int[0, 19], Gen.Int[-30, 100]).Array[1, 200].Sample(steps =>
        {
            var heap = new DeadlineHeap<Item>();
            var items = Enumerable.Range(0, 20).Select(static _ => new Item()).ToArray();
            var model = new Dictionary<Item, TimeSpan>();
            foreach ((int i, int due) in steps)
            {
                if (due < 0)
                {
                    heap.Remove(items[i]);
                    model.Remove(items[i]);
                }
                else
                {
                    heap.Set(items[i], TimeSpan.FromSeconds(due));
                    model[items[i]] = TimeSpan.FromSeconds(due);
                }
                Assert.Equal(model.Count, heap.Count);
                Assert.Equal(model.Count == 0 ? TimeSpan.MaxValue : model.Values.Min(), heap.Earliest);
            }
            List<TimeSpan> order = [];
            while (heap.Count > 0)
            {
                order.Add(heap.Earliest);
                heap.Remove(heap.First);
            }
            Assert.Equal(model.Values.Order(), order);
        });
    }
}
