using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;
using Zanshin.Testing;

[assembly: Zanshin.Tests.LeavesNothing]
[assembly: AssemblyFixture(typeof(Zanshin.Tests.LeavesNothing))]

namespace Zanshin.Tests;

/// <summary>Puts every test into a leak scope of its own.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class LeavesNothingAttribute : BeforeAfterTestAttribute
{
    private static readonly ConcurrentDictionary<IXunitTest, NoLeaksWatch> s_open = [];

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!methodUnderTest.DeclaringType!.IsDefined(typeof(LeavesSomethingAttribute)))
            s_open[test] = NoLeaks.Watch(name: test.TestDisplayName);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (s_open.TryRemove(test, out NoLeaksWatch? watch))
            LeavesNothing.Ended(watch);
    }
}

/// <summary>Marks tests that leave something behind on purpose.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LeavesSomethingAttribute(string because) : Attribute
{
    public string Because => because;
}

/// <summary>
/// Asserts that no test has left a thread, timer, task or worker behind: once all have run, because a test class is disposed only after xunit's last word
/// to us about its test.
/// </summary>
public sealed class LeavesNothing : IAsyncDisposable
{
    private static readonly ConcurrentQueue<NoLeaksWatch> s_ended = [];

    public static void Ended(NoLeaksWatch watch)
    {
        // Most have nothing to wait for.
        if (watch.VerifyAsync().IsCompletedSuccessfully)
            watch.Dispose();
        else
            s_ended.Enqueue(watch);
    }

    public async ValueTask DisposeAsync()
    {
        string[] left = [.. (await Task.WhenAll(s_ended.Select(FindAsync))).OfType<string>()];
        if (left.Length > 0)
            throw new InvalidOperationException($"{left.Length} tests have left something behind:\n{string.Join("\n\n", left)}");
    }

    private static async Task<string?> FindAsync(NoLeaksWatch watch)
    {
        using (watch)
        {
            try
            {
                await watch.VerifyAsync();
                return null;
            }
            catch (LeaksFoundException exception)
            {
                return exception.Message;
            }
        }
    }
}
