using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;

namespace Platform.Routing.Tests.Shipping;

/// <summary>What a disk that refuses in the middle of a line leaves among the dead letters.</summary>
public sealed class DeadLettersTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kt-dead-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ReplicaDirectory _replica;
    private readonly DeadLetters _letters;

    public DeadLettersTests()
    {
        _replica = ReplicaDirectory.Take(_root);
        _letters = new DeadLetters(_replica, _time);
    }

    public void Dispose()
    {
        _replica.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Line_behind_half_of_one_begins_on_a_line_of_its_own()
    {
        Keep("a");
        File.AppendAllText(_letters.Path, """{"refused_at":"20""");
        Keep("b");
        Keep("c");
        var lines = File.ReadAllLines(_letters.Path);
        Assert.Equal(["a", "20", "b", "c"], lines.Select((line, index) => index == 1 ? line[^2..] : JsonDocument.Parse(line).RootElement.GetProperty("message").GetString()));
    }

    [Fact]
    public void Half_of_a_line_that_the_disk_refused_is_cut_off()
    {
        Keep("a");
        var before = File.ReadAllText(_letters.Path);
        using (var full = new FullDisk(_letters.Path))
        {
            Assert.Throws<IOException>(() => DeadLetters.Append(full, "a line"));
        }

        Assert.Equal(before, File.ReadAllText(_letters.Path));
    }

    [Fact]
    public void Refusal_of_the_disk_is_said_until_it_takes_one_or_nobody_tries_any_more()
    {
        var blocked = Directory.CreateDirectory(_letters.Path);
        Assert.Throws<UnauthorizedAccessException>(() => Keep("a"));
        Assert.Contains(_letters.Path, _letters.Refusal, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(_letters.Refusal);

        Assert.Throws<UnauthorizedAccessException>(() => Keep("a"));
        Assert.NotNull(_letters.Refusal);
        blocked.Delete();
        Keep("a");
        Assert.Null(_letters.Refusal);
    }

    private void Keep(string message) => _letters.Keep(new UsageEvent { AttemptId = Guid.CreateVersion7().ToString() }, message);

    /// <summary>Has room for half of what is written.</summary>
    private sealed class FullDisk(string path) : FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0)
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw Half(buffer);

        public override void Write(byte[] buffer, int offset, int count) => throw Half(buffer.AsSpan(offset, count));

        private IOException Half(ReadOnlySpan<byte> buffer)
        {
            RandomAccess.Write(SafeFileHandle, buffer[..(buffer.Length / 2)], RandomAccess.GetLength(SafeFileHandle));
            return new IOException("No space left on device.");
        }
    }
}
