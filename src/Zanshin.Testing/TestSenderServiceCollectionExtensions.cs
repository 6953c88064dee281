using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Zanshin.Sending;
using Zanshin.Testing.Sending;

namespace Zanshin.Testing;

public static class TestSenderServiceCollectionExtensions
{
    /// <summary>
    /// The recorded mode: what is sent is checked, written and recorded, and nothing receives it. <see cref="TestSender"/> has it, asserts on it and runs it through its handlers
    /// when asked to. The application's SQS clients are replaced, as by <c>UseLocalQueue</c>; a worker that is started has nothing to do. Before or after <c>AddZanshin</c>.
    /// </summary>
    /// <param name="queues">The queues, where the defaults do not do.</param>
    public static IServiceCollection AddRecordedSender(this IServiceCollection services, Action<LocalQueueOptions>? queues = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, queues, inline: false);
    }

    /// <summary>
    /// The inline mode: a send runs the message's handler before it returns, through the whole pipeline and with its body written and read again; <see cref="ISender"/> throws what
    /// the handler throws. Delays are recorded, and not waited for. A retry is not run again: <see cref="TestSender.Handled"/> tells. What goes through
    /// <see cref="IBufferedSender"/> or an SQS client is recorded and not run. Else as <see cref="AddRecordedSender"/>.
    /// </summary>
    /// <param name="throws">Whether an exception of a handler is thrown from the send; of several messages sent at once, those behind it are then not run. Default true.</param>
    /// <param name="queues">The queues, where the defaults do not do.</param>
    public static IServiceCollection AddInlineSender(this IServiceCollection services, bool throws = true, Action<LocalQueueOptions>? queues = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Add(services, queues, inline: true);
        services.RemoveAll<ISender>();
        return services.AddSingleton<ISender>(s => new InlineSender(ActivatorUtilities.CreateInstance<SqsSender>(s), s.GetRequiredService<TestSender>(), s.GetRequiredService<TestQueues>(), throws));
    }

    private static IServiceCollection Add(IServiceCollection services, Action<LocalQueueOptions>? queues, bool inline)
    {
        var options = new LocalQueueOptions();
        queues?.Invoke(options);
        LocalQueueServiceCollectionExtensions.Add(services, options.CopyTo, delivers: false);
        services.RemoveAll<TestSender>();
        return services.AddSingleton(s => new TestSender(s, options, inline));
    }
}
