namespace Zanshin.Timing;

/// <summary>Something that stands in a <see cref="DeadlineHeap{T}"/>; both members belong to the heap's owner.</summary>
internal interface IDeadline
{
    TimeSpan Due { get; set; }

    /// <summary>Its place in the heap, -1 while in none.</summary>
    int Place { get; set; }
}
