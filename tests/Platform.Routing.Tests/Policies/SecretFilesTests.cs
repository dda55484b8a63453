using Microsoft.Extensions.Logging;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Policies;

public sealed class SecretFilesTests : IDisposable
{
    private const string Name = "openai-api-key";

    private readonly string _folder = Directory.CreateTempSubdirectory("kt-keys-").FullName;
    private readonly Lines _log = new();
    private readonly SecretFiles _files;

    public SecretFilesTests() => _files = PolicyDatabase.KeysIn(_folder, _log);

    private string Path => System.IO.Path.Combine(_folder, Name);

    [Theory]
    // What stands in the file → the key, or what is told of it.
    [InlineData("sk-one", "sk-one", "")]
    [InlineData(" \tsk-one\r\n\n", "sk-one", "")]
    [InlineData("", null, "is empty")]
    [InlineData(" \n", null, "is empty")]
    [InlineData("sk-one\nsk-two", null, "has more in it than one key")]
    [InlineData("sk-öne", null, "has more in it than one key")]
    [InlineData(null, null, "is missing")]
    public void Key_is_what_stands_in_the_file_and_what_is_wrong_is_told_once(string? content, string? secret, string told)
    {
        Write(content);
        Assert.Equal((secret, secret), (_files.Read(Name), _files.Read(Name)));
        Assert.False(_files.HaveChanged());
        Assert.Equal(told.Length > 0 ? 1 : 0, _log.Told.Count);
        Assert.All(_log.Told, line => Assert.StartsWith($"The key file {Path} {told}", line, StringComparison.Ordinal));
    }

    [Fact]
    public void File_that_is_too_long_or_cannot_be_read_is_no_key()
    {
        Write(new string('x', 8 * 1024 + 1));
        Assert.Null(_files.Read(Name));
        File.Delete(Path);
        Directory.CreateDirectory(Path);
        Assert.Null(_files.Read(Name));
        Assert.Collection(
            _log.Told, line => Assert.Contains("more than 8192 bytes", line, StringComparison.Ordinal), line => Assert.Contains("cannot be read", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Change_is_seen_also_behind_a_link_and_never_tells_the_key()
    {
        Write("sk-very-secret");
        File.Move(Path, Path + ".1");
        File.CreateSymbolicLink(Path, Path + ".1");
        Assert.Equal("sk-very-secret", _files.Read(Name));
        File.Delete(Path);
        Write("sk-even-more-secret");
        File.Move(Path, Path + ".2");
        File.CreateSymbolicLink(Path, Path + ".2");
        Assert.True(_files.HaveChanged());
        Assert.False(_files.HaveChanged());
        Assert.Equal("sk-even-more-secret", _files.Read(Name));
        File.Delete(Path);
        Assert.True(_files.HaveChanged());
        Assert.DoesNotContain(_log.Told, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void File_that_everybody_may_read_is_used_and_warned_of_once()
    {
        Write("sk-one");
        SetMode(UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal("sk-one", _files.Read(Name));
        Assert.Equal("sk-one", _files.Read(Name));
        Assert.Contains("may be read by every user", Assert.Single(_log.Told), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string? content)
    {
        if (content is not null)
        {
            File.WriteAllText(Path, content);
            SetMode(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private void SetMode(UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, mode);
        }
    }

    private sealed class Lines : ILogger<SecretFiles>
    {
        public List<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Add(formatter(state, exception));
    }
}
