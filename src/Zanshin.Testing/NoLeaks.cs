using System.Runtime.CompilerServices;
using Zanshin.Testing.Leaks;

namespace Zanshin.Testing;

/// <summary>
/// Asserts that a piece of work leaves nothing behind: no thread, timer, task or async method that was started in its course is alive when it
/// has ended, also of the handlers of a worker that was started in it. For any test framework; tests in parallel keep apart.
/// </summary>
/// <remarks>
/// <para>Not seen: threads of <c>UnsafeStart</c>, and what is started under suppressed flow of the execution context; objects that stay reachable
/// (<see cref="VerifyBatchesAsync"/> sees the heap grow). Where event sources are switched off, threads only.</para>
/// <para>Costs a process some 0.1 s at the first use, for a session with itself that tells where threads are started and lasts as long as it does.</para>
/// </remarks>
public static class NoLeaks
{
    /// <summary>Does the work, and asserts that all it started has ended.</summary>
    /// <param name="name">Filled in by the compiler: the test's name.</param>
    /// <exception cref="LeaksFoundException">Something is alive. What the work itself throws is thrown as it is, and nothing is asserted.</exception>
    public static Task VerifyAsync(Func<Task> work, NoLeaksOptions? options = null, CancellationToken cancel = default, [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(work);
        NoLeaksWatch watch = NoLeaksWatch.Begin(name, options, owner: null);
        Task running;
        try
        {
            running = work();
        }
        catch (Exception exception)
        {
            running = Task.FromException(exception);
        }
        // From here on nothing of ours belongs to the scope.
        watch.Leave();
        return FinishAsync(watch, running, cancel);
    }

    /// <summary>Watches what the calling method goes on to do; <see cref="NoLeaksWatch.VerifyAsync"/> asserts, and disposing without it asserts nothing.</summary>
    /// <param name="name">Filled in by the compiler: the test's name.</param>
    public static NoLeaksWatch Watch(NoLeaksOptions? options = null, [CallerMemberName] string name = "") => NoLeaksWatch.Begin(name, options, owner: name);

    /// <summary>
    /// Runs equal batches, and asserts that what they leave does not grow with every one: threads, timers and tasks started in them, and the heap
    /// after a full collection. The first batch is warm-up.
    /// </summary>
    /// <param name="batches">How many beside the first; from 3. That chance alone raises one figure in each of 6 is one case in five thousand.</param>
    /// <param name="each">How often <paramref name="one"/> is run in a batch; from 1. The heap must grow by 16 bytes a run to count.</param>
    /// <exception cref="LeaksFoundException">A figure rose in every batch.</exception>
    /// <remarks>The heap is the process's: run no other tests beside it.</remarks>
    public static Task VerifyBatchesAsync(int batches, int each, Func<Task> one, NoLeaksOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 3);
        ArgumentOutOfRangeException.ThrowIfLessThan(each, 1);
        return new Batches(batches, each, one, options ?? new NoLeaksOptions()).RunAsync(cancel);
    }

    private static async Task FinishAsync(NoLeaksWatch watch, Task running, CancellationToken cancel)
    {
        using (watch)
        {
            await running;
            await watch.VerifyAsync(cancel);
        }
    }
}
