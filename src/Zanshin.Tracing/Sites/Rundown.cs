using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing.Sites;

/// <summary>
/// Asks a process for its methods: a second session that listens to nothing and is closed at once, on which the runtime lists all that
/// it has compiled. Takes the process about 0.1 s of one core. The names that come with a session's beginning would not do: methods
/// are compiled again later.
/// </summary>
internal sealed class Rundown
{
    private const int MethodStopVerbose = 144;
    private const int MethodILToNativeMapStop = 150;
    private const int ModuleStop = 154;
    // Loader, JIT, NGen, end enumeration, IL to native maps.
    private const long Keywords = 0x8 | 0x10 | 0x20 | 0x100 | 0x20000;

    // A session must name a provider: one that nobody has.
    private static readonly EventPipeProvider s_nobody = new("Zanshin.Nobody", EventLevel.Critical);

    private readonly List<MethodBody> _bodies = [];
    private readonly Dictionary<long, string> _modules = [];
    private (long Method, int[] IL, int[] Native) _map = (0, [], []);

    public static async Task ReadAsync(DiagnosticsClient client, CodeMap into, CancellationToken cancel)
    {
        var rundown = new Rundown();
        await using (TraceSession session = await TraceSession.OpenAsync(
            client, new EventPipeSessionConfiguration([s_nobody], 64, Keywords, requestStackwalk: false), rundown.OnEvent, cancel))
        {
            await session.CloseAsync();
        }
        into.Add(rundown._bodies, rundown._modules);
    }

    private void OnEvent(TraceEvent from)
    {
        if (from.ProviderGuid != Providers.Rundown)
            return;
        Payload payload = Payload.Of(from);
        switch ((int)from.ID)
        {
            case MethodILToNativeMapStop:
                long method = payload.Int64();
                payload.Int64(); // ReJIT id
                payload.Byte(); // extent
                int count = payload.UInt16();
                _map = (method, payload.Int32s(count), payload.Int32s(count));
                break;
            case MethodStopVerbose:
                AddBody(payload);
                break;
            case ModuleStop:
                long module = payload.Int64();
                payload.Int64(); // assembly
                payload.Int64(); // flags, reserved
                _modules[module] = payload.Text();
                break;
        }
    }

    private void AddBody(Payload payload)
    {
        long method = payload.Int64();
        long module = payload.Int64();
        ulong start = (ulong)payload.Int64();
        uint size = (uint)payload.Int32();
        int token = payload.Int32();
        payload.Int32(); // flags
        string type = payload.Text();
        string name = payload.Text();
        // The map that came just before is this body's: by its method alone it could be another tier's.
        bool mapped = _map.Method == method;
        _bodies.Add(new MethodBody(start, size, module, token, type, name, mapped ? _map.IL : [], mapped ? _map.Native : []));
        _map = (0, [], []);
    }
}
