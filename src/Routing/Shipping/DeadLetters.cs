using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Journal;

namespace Platform.Routing.Shipping;

/// <summary>Usage that Metering refused for good, and unknown attempts that Wallet refused, kept as JSON Lines in the replica's folder for an operator.</summary>
internal sealed class DeadLetters(ReplicaDirectory directory, TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>Whoever was refused tries again sooner than this, unless it is taken elsewhere meanwhile.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(2);

    private Refused? _refused;

    public string Path { get; } = System.IO.Path.Combine(directory.Path, "dead-letters.jsonl");

    public bool IsEmpty => new FileInfo(Path) is not { Exists: true, Length: > 0 };

    /// <summary>Why the disk did not take the last that was to be kept; null: it did, or nobody has tried for a while.</summary>
    public string? Refusal => Volatile.Read(ref _refused) is { } refused && time.GetElapsedTime(refused.At) < Lasts ? refused.Reason : null;

    /// <summary>How many lie there: reads the whole file. 0 too when it cannot be read, or was moved away meanwhile.</summary>
    public long Count()
    {
        lock (_gate)
        {
            try
            {
                return File.ReadLines(Path).LongCount(line => line.Length > 0);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>Keeps an event, forced to the disk when this returns.</summary>
    /// <exception cref="IOException">The disk refused; nothing was kept.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public void Keep(UsageEvent refused, string message)
    {
        var reason = JsonSerializer.Serialize(message);
        var line = $$"""{"refused_at":"{{time.GetUtcNow():O}}","message":{{reason}},"event":{{JsonFormatter.Default.Format(refused)}}}""";
        lock (_gate)
        {
            try
            {
                using var file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
                Append(file, line);
                Volatile.Write(ref _refused, null);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Volatile.Write(ref _refused, new Refused(exception.Message, time.GetTimestamp()));
                throw;
            }
        }
    }

    /// <summary>
    /// What a write left that failed half way is cut off. Where the disk refuses that too, or the machine failed meanwhile, the next line begins on a line of its own: half of one spoils no other.
    /// </summary>
    /// <param name="file">Without a buffer: it would be written when the file is closed.</param>
    internal static void Append(FileStream file, string line)
    {
        var whole = file.Length;
        var isEnded = whole == 0;
        if (!isEnded)
        {
            file.Position = whole - 1;
            isEnded = file.ReadByte() == '\n';
        }

        file.Position = whole;
        try
        {
            file.Write(Encoding.UTF8.GetBytes(isEnded ? line + "\n" : "\n" + line + "\n"));
            file.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file.SetLength(whole);
            throw;
        }
    }

    private sealed record Refused(string Reason, long At);
}
