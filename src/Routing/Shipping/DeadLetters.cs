using System.Text.Json;
using Google.Protobuf;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Journal;

namespace Platform.Routing.Shipping;

/// <summary>Usage that Metering refused for good, and unknown attempts that Wallet refused, kept as JSON Lines in the replica's folder for an operator.</summary>
internal sealed class DeadLetters(ReplicaDirectory directory, TimeProvider time)
{
    private readonly Lock _gate = new();

    public string Path { get; } = System.IO.Path.Combine(directory.Path, "dead-letters.jsonl");

    public bool IsEmpty => new FileInfo(Path) is not { Exists: true, Length: > 0 };

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
    public void Keep(UsageEvent refused, string message)
    {
        var reason = JsonSerializer.Serialize(message);
        var line = $$"""{"refused_at":"{{time.GetUtcNow():O}}","message":{{reason}},"event":{{JsonFormatter.Default.Format(refused)}}}""";
        lock (_gate)
        {
            using var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
            file.Flush(flushToDisk: true);
        }
    }
}
