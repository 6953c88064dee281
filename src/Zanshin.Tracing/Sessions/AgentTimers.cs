using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Diagnosis.Agent;

namespace Zanshin.Tracing.Sessions;

/// <summary>Reads live timers through an agent that is loaded into the process, and stays there: for where its memory may not be read.</summary>
internal sealed class AgentTimers
{
    private const int BufferMegabytes = 16;

    private static readonly TimeSpan LoadTime = TimeSpan.FromSeconds(10);

    /// <summary>The agent answers after 100 ms; so few events come through only when the session is closed.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

    private readonly DiagnosticsClient _client;

    private AgentTimers(DiagnosticsClient client) => _client = client;

    /// <exception cref="TraceException">The process does not take it.</exception>
    public static async Task<AgentTimers> LoadAsync(int processId)
    {
        DiagnosticsClient client = DiagnosticPort.Of(processId);
        string agent = typeof(TimerAgent).Assembly.Location;
        if (agent.Length == 0)
            throw new TraceException("--inject needs the file Zanshin.Diagnosis.dll beside the tool: this build has it inside.");
        try
        {
            using var limit = new CancellationTokenSource(LoadTime, TimeProvider.System);
            await client.ApplyStartupHookAsync(agent, limit.Token);
        }
        catch (Exception exception)
        {
            throw DiagnosticPort.Explain(processId, exception);
        }
        return new AgentTimers(client);
    }

    /// <exception cref="TraceException">It does not answer.</exception>
    public async Task<IReadOnlySet<int>> ReadAsync(int processId)
    {
        HashSet<int> hashes = [];
        int? count = null;
        Guid agent = Providers.IdOf(TimerAgent.SourceName);
        void Read(TraceEvent from)
        {
            if (from.ProviderGuid != agent)
                return;
            Payload payload = Payload.Of(from);
            if ((int)from.ID == TimerAgent.TimersEvent)
                hashes.UnionWith(payload.Int32s(payload.Int32() / sizeof(int)));
            else if ((int)from.ID == TimerAgent.EndEvent)
                count = payload.Int32();
        }
        try
        {
            var provider = new EventPipeProvider(TimerAgent.SourceName, EventLevel.Informational, -1);
            await using TraceSession session = await TraceSession.OpenAsync(
                _client, new EventPipeSessionConfiguration([provider], BufferMegabytes, rundownKeyword: 0, requestStackwalk: false), Read, CancellationToken.None);
            await Task.Delay(AnswerTime, TimeProvider.System);
            await session.CloseAsync();
            return count switch
            {
                null => throw new TraceException($"the agent in process {processId} does not answer."),
                TimerAgent.Unreadable => throw new TraceException($"the runtime of process {processId} keeps its timers elsewhere than .NET 10 does."),
                _ => hashes,
            };
        }
        catch (Exception exception) when (exception is not TraceException)
        {
            throw DiagnosticPort.Explain(processId, exception);
        }
    }
}
