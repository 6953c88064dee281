using System.Reflection;
using System.Threading.RateLimiting;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.CallOuts;

/// <summary>Nothing of the application's is called under one of the worker's locks: all the calls that there are, each with its line.</summary>
[Collection("Pool")]
public class CallOutTests(Played played) : IClassFixture<Played>
{
    public static TheoryData<string> All => [
        "startup", "dispatch", "utilization", "quiet", "shutdown", "stopped",
        "limiter of worker", "limiter of group", "limiter of queue", "permit of worker", "permit of group", "permit of queue",
        "polling strategy", "rank of polling strategy", "envelope", "body read", "middleware", "handler", "batch middleware", "batch handler", "token callback", "end of the DI scope", "carried value restored",
        "failure handler", "retry schedule", "reject rule", "reject rule of a handler",
        "send middleware", "body written", "carried value read",
        "log", "log level", "log scope", "instrument published", "measurement", "activity sampled", "activity started", "activity stopped", "diagnostic event", "event source event",
        "configuration", "client factory",
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void No_lock_of_the_worker_is_held_in_a_call_of_application_code(string callOut)
    {
        Assert.True(played.Locks > 20, $"only {played.Locks} locks were found");
        Assert.True(played.Probe.Calls(callOut) > 0, "it was never called");
        Assert.Empty(played.Probe.Wrong(callOut));
    }

    // A member that takes application code and is new here has to be played, and to have its line above.
    [Fact]
    public void Every_member_of_the_setup_that_takes_application_code_is_played()
    {
        string[] played =
        [
            "Backoff.Of", "GroupBuilder.LimitRate", "HandlerBuilder.RejectOn", "QueueBuilder.Envelope", "QueueBuilder.Handle", "QueueBuilder.HandleBatch", "QueueBuilder.LimitRate",
            "QueueBuilder.OnFailure", "QueueBuilder.RejectOn", "QueueBuilder.Use", "QueueBuilder.UseBatch", "ZanshinBuilder.Carry", "ZanshinBuilder.LimitRate", "ZanshinBuilder.OnDispatch",
            "ZanshinBuilder.OnFailure", "ZanshinBuilder.OnQuiet", "ZanshinBuilder.OnShutdown", "ZanshinBuilder.OnStartup", "ZanshinBuilder.OnStopped", "ZanshinBuilder.OnUtilization",
            "ZanshinBuilder.Route", "ZanshinBuilder.Use", "ZanshinBuilder.UseBatch",
            // Made when something is registered or resolved, outside of the worker's own code paths.
            "MiddlewareList.Add", "MiddlewareList.AddFirst", "MiddlewareList.InsertBefore", "MiddlewareList.InsertAfter", "MiddlewareList.Replace",
            "Polling.By",
        ];
        Type[] setup = [typeof(ZanshinBuilder), typeof(QueueBuilder), typeof(GroupBuilder), typeof(HandlerBuilder), typeof(HandlerBuilder<>), typeof(RouteBuilder), typeof(MiddlewareList<>), typeof(Backoff), typeof(Polling)];
        string[] takes = [.. setup.SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(static method => method.GetParameters().Any(static p => IsApplicationCode(p.ParameterType)))
            .Select(method => $"{type.Name.Split('`')[0]}.{(method.IsSpecialName ? method.Name[4..] : method.Name)}")).Distinct()];
        Assert.Empty(takes.Except(played));
    }

    private static bool IsApplicationCode(Type type) =>
        type == typeof(RateLimiter) || type == typeof(Envelope) || type == typeof(PollingStrategy) || type.Name.StartsWith("BodyReader", StringComparison.Ordinal)
        || (typeof(Delegate).IsAssignableFrom(type) && !IsSetup(type));

    // What configures a builder or options is called at once, where it is given.
    private static bool IsSetup(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Action<>)
        && (type.GetGenericArguments()[0].Name.Contains("Builder", StringComparison.Ordinal) || type.GetGenericArguments()[0].Name.EndsWith("Options", StringComparison.Ordinal) || type.GetGenericArguments()[0] == typeof(QueueCreation));
}
