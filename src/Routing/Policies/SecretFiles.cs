using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Policies;

/// <summary>Where keys are mounted as files.</summary>
public sealed class SecretFileOptions
{
    public const string Section = "ProviderKeys";

    /// <summary>An absolute folder; where Docker mounts secrets unless it is said.</summary>
    [Required]
    public string Directory { get; set; } = "/run/secrets";
}

/// <summary>
/// Keys that stand in files of one folder, as Docker and Kubernetes mount secrets. What is wrong with one is told once, and again when it changes; what is in it never. For any number of
/// threads.
/// </summary>
internal sealed partial class SecretFiles(IOptions<SecretFileOptions> options, ILogger<SecretFiles> log)
{
    /// <summary>No provider's key is as long.</summary>
    private const int MostBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string? Secret, string Problem)> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _toldOpen = new(StringComparer.Ordinal);

    /// <summary>What the file has, without white space around it; null when it is not there, or is no key.</summary>
    /// <param name="name">A file of the folder, not a path.</param>
    public string? Read(string name)
    {
        lock (_gate)
        {
            return Look(name).Secret;
        }
    }

    /// <summary>Looks again at every file that was ever read. True: another key stands in one of them, or one has come or gone.</summary>
    public bool HaveChanged()
    {
        lock (_gate)
        {
            var changed = false;
            foreach (var (name, before) in _known.ToArray())
            {
                changed |= Look(name).Secret != before.Secret;
            }

            return changed;
        }
    }

    private (string? Secret, string Problem) Look(string name)
    {
        var path = Path.Combine(options.Value.Directory, name);
        var found = ReadFile(path);
        if (found.Problem.Length > 0 && found.Problem != _known.GetValueOrDefault(name).Problem)
        {
            LogProblem(path, found.Problem);
        }

        if (found.Secret is not null && IsOpenToAll(path) && _toldOpen.Add(name))
        {
            LogOpenToAll(path);
        }

        _known[name] = found;
        return found;
    }

    private static (string? Secret, string Problem) ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = System.Text.Encoding.UTF8.GetString(bytes, 0, length).Trim();
            return length > MostBytes ? (null, $"has more than {MostBytes} bytes, so it is no key")
                : text.Length == 0 ? (null, "is empty")
                : !ProviderSecrets.IsSendable(text) ? (null, "has more in it than one key: only visible ASCII characters, on one line")
                : (text, "");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, "is missing");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read ({exception.GetType().Name}): give the service's user the right to");
        }
    }

    private static bool IsOpenToAll(string path)
    {
        try
        {
            return !OperatingSystem.IsWindows() && (new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) ?? new FileInfo(path)).UnixFileMode.HasFlag(UnixFileMode.OtherRead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone again, or in a folder that only it itself may be read of.
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "The key file {Path} {Problem}. Calls that need it cannot be served; it is looked at again every few seconds.")]
    private partial void LogProblem(string path, string problem);

    [LoggerMessage(LogLevel.Warning, "The key file {Path} may be read by every user of this machine. Mount it with mode 0400.")]
    private partial void LogOpenToAll(string path);
}
