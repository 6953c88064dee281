namespace Zanshin.Timing;

/// <summary>Something that stands in a <see cref="DeadlineHeap{T}"/>.</summary>
internal interface IDeadline
{
    /// <summary>Its place in the heap, -1 while in none. The heap's.</summary>
    int Place { get; set; }
}
