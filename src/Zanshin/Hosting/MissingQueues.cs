using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>
/// Makes queues that do not exist, where the setup asks for it: first the dead-letter queue, then the queue that names it. Each step
/// looks first, so a start that was interrupted is completed by the next, and what another process made meanwhile is taken as it is.
/// </summary>
internal sealed class MissingQueues(QueueResolver resolver, Surroundings surroundings, ILogger logger)
{
    /// <summary>A new queue is not to be seen everywhere at once.</summary>
    private const int Looks = 10;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    private const string FourteenDays = "1209600";

    /// <summary>The queue; null where there is none and it is to be made, which <see cref="CreateAsync(string, QueueCreation, TimeSpan?, CancellationToken)"/> does once nothing is wrong with the setup.</summary>
    /// <param name="creation">Null for a queue that must exist.</param>
    /// <exception cref="ZanshinConfigurationException">It does not exist and is not to be made, or SQS cannot be asked.</exception>
    public async Task<QueueFacts?> FindAsync(string queue, QueueCreation? creation, CancellationToken cancel)
    {
        QueueAddress address = QueueAddress.Parse(queue);
        return creation is null || !address.IsName ? await resolver.ResolveAsync(queue, cancel) : await resolver.FindAsync(address, resolver.Client(address), cancel);
    }

    /// <param name="visibility">Of the new queue, unless <paramref name="creation"/> says another.</param>
    /// <exception cref="ZanshinConfigurationException">It cannot be made.</exception>
    public async Task<QueueFacts> CreateAsync(string queue, QueueCreation creation, TimeSpan? visibility, CancellationToken cancel)
    {
        QueueAddress address = QueueAddress.Parse(queue);
        IAmazonSQS client = resolver.Client(address);
        // It may be the dead-letter queue of one that was made before it.
        if (await resolver.FindAsync(address, client, cancel) is { } there)
            return there;
        Dictionary<string, string> attributes = For(queue);
        if ((creation.Visibility ?? visibility) is { } seconds)
            attributes["VisibilityTimeout"] = ((int)seconds.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string? deadLetters = null;
        if (creation.MaxReceiveCount is { } receives)
        {
            deadLetters = creation.DeadLettersOf(queue);
            string arn = await DeadLettersAsync(client, deadLetters, creation, cancel);
            attributes["RedrivePolicy"] = string.Create(CultureInfo.InvariantCulture, $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{receives}}}""");
        }
        foreach ((string name, string value) in creation.Attributes)
            attributes[name] = value;
        QueueFacts made = await CreateAsync(client, address, attributes, creation.Tags, cancel);
        logger.QueueCreated(queue, deadLetters ?? "none", creation.MaxReceiveCount);
        return made;
    }

    private async Task<string> DeadLettersAsync(IAmazonSQS client, string name, QueueCreation creation, CancellationToken cancel)
    {
        QueueAddress address = QueueAddress.Parse(name);
        if (await resolver.FindAsync(address, client, cancel) is { } there)
            return there.Arn;
        Dictionary<string, string> attributes = For(name);
        // Its messages keep the age that they had in the queue: less than the longest retention loses them unseen.
        attributes["MessageRetentionPeriod"] = FourteenDays;
        return (await CreateAsync(client, address, attributes, creation.Tags, cancel)).Arn;
    }

    private static Dictionary<string, string> For(string queue) =>
        queue.EndsWith(".fifo", StringComparison.Ordinal) ? new() { ["FifoQueue"] = "true" } : [];

    private async Task<QueueFacts> CreateAsync(IAmazonSQS client, QueueAddress queue, Dictionary<string, string> attributes, IDictionary<string, string> tags, CancellationToken cancel)
    {
        try
        {
            var request = new CreateQueueRequest { QueueName = queue.Name, Attributes = attributes, Tags = new(tags) };
            await resolver.TryAsync(queue, client, "created", limit => MakeAsync(client, request, limit), cancel);
        }
        catch (ZanshinConfigurationException problem)
        {
            throw new ZanshinConfigurationException([.. problem.Problems.Select(static p => $"{p} It does not exist, and was to be created.")]) { SqsIsAway = problem.SqsIsAway };
        }
        for (int look = 1; look < Looks; look++)
        {
            if (await resolver.FindAsync(queue, client, cancel) is { } made)
                return made;
            await Task.Delay(BetweenLooks, surroundings.Time, cancel);
        }
        return await resolver.ResolveAsync(queue.Given, cancel);
    }

    private static async Task<string> MakeAsync(IAmazonSQS client, CreateQueueRequest request, CancellationToken cancel)
    {
        try
        {
            return (await client.CreateQueueAsync(request, cancel)).QueueUrl;
        }
        catch (QueueNameExistsException)
        {
            // Another process made it in the meantime, with other attributes.
            return "";
        }
    }
}
