namespace Platform.Cli.ProviderFiles;

/// <summary>What is wrong with a file, all of it up to a limit, so that it need not be found one error at a time.</summary>
internal sealed class FileProblems
{
    private const int Shown = 20;
    private readonly OrderedDictionary<string, bool> _messages = new(StringComparer.Ordinal);

    public IEnumerable<string> Messages => _messages.Keys;

    /// <summary>The same said again is one problem.</summary>
    public void Add(string place, string message) => _messages.TryAdd($"{place}: {message}", true);

    /// <exception cref="KtError">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_messages.Count > 0)
        {
            var more = _messages.Count > Shown ? $"\nand {_messages.Count - Shown} more." : "";
            throw new KtError(ExitCodes.Failed, string.Join('\n', _messages.Keys.Take(Shown)) + more);
        }
    }
}
