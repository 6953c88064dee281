namespace Zanshin.LocalQueue.Server.Tests;

internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-");

    internal string File(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Copies all files as they are now, as a crash would leave them.</summary>
    internal TemporaryDirectory Copy()
    {
        var copy = new TemporaryDirectory();
        foreach (var file in _directory.GetFiles()) file.CopyTo(copy.File(file.Name));
        return copy;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
