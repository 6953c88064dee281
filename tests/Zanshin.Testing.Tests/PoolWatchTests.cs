namespace Zanshin.Testing.Tests;

/// <summary>Once its code was hot enough to be inlined, the container's harmless hand-over was taken for a hop, and seeds failed for no reason.</summary>
public class PoolWatchTests
{
    [Theory]
    [InlineData("Microsoft.Extensions.DependencyInjection.ServiceLookup.DynamicServiceProviderEngine.<>c__DisplayClass2_0.<RealizeService>b__0(ServiceProviderEngineScope scope)", true)]
    [InlineData("Microsoft.Extensions.DependencyInjection.ServiceProvider.GetService(ServiceIdentifier serviceIdentifier)", true)]
    [InlineData("Orders.Handler.HandleAsync(Message message)", false)]
    [InlineData("System.Threading.CancellationTokenSource.CancelAsync()", false)]
    public void Only_what_the_container_itself_hands_over_is_harmless(string caller, bool harmless) => Assert.Equal(harmless, PoolWatch.IsHarmless(
        $"""
           at System.Environment.get_StackTrace()
           at System.Diagnostics.Tracing.FrameworkEventSource.ThreadPoolEnqueueWorkObject(Object workID)
           at System.Threading.ThreadPoolWorkQueue.Enqueue(Object callback, Boolean forceGlobal)
           at System.Threading.ThreadPool.UnsafeQueueUserWorkItem(WaitCallback callBack, Object state)
           at {caller}
           at Microsoft.Extensions.DependencyInjection.ServiceProvider.GetService(Type serviceType)
           at Zanshin.Testing.Pump.Execute(ExecutionContext captured, SendOrPostCallback callback, Object state)
        """));

    [Theory]
    [InlineData("Microsoft.Extensions.DependencyInjection.ServiceLookup.DynamicServiceProviderEngine.<>c__DisplayClass2_0.<RealizeService>b__0(ServiceProviderEngineScope scope)", true)]
    [InlineData("Orders.Handler.HandleAsync(Message message)", false)]
    public void The_same_where_the_pools_own_frames_were_inlined(string caller, bool harmless) => Assert.Equal(harmless, PoolWatch.IsHarmless(
        $"""
           at System.Diagnostics.Tracing.EventSource.WriteEvent(Int32 eventId, Int64 arg1)
           at System.Diagnostics.Tracing.FrameworkEventSource.ThreadPoolEnqueueWorkObject(Object workID)
           at {caller}
           at Microsoft.Extensions.DependencyInjection.ServiceProvider.GetService(Type serviceType)
        """));

    [Fact]
    public void A_stack_without_the_pool_is_not_harmless() => Assert.False(PoolWatch.IsHarmless("   at Microsoft.Extensions.DependencyInjection.ServiceProvider.GetService(Type serviceType)"));
}
