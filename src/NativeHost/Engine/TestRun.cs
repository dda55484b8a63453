namespace Platform.NativeHost.Engine;

/// <summary>Whether a test owns this start: its logs stay off the console, and a data directory made for it goes with it.</summary>
internal sealed class TestRun(bool isTest)
{
    /// <summary>Set by a test that builds a topology of its own rather than the AppHost's.</summary>
    public const string ConfigurationKey = "NativeHost:TestRun";

    /// <summary>Any value keeps temporary data directories, to look at them after a failure.</summary>
    public const string KeepDataVariable = "KEEPTRUSTS_KEEP_TEST_DATA";

    /// <summary>Directories with this beginning, below the system's temporary folder, are removed when the start that uses them ends.</summary>
    public const string DirectoryPrefix = "keeptrusts-test-";

    public bool IsTest => isTest;

    public static string NewDataDirectory() =>
        Path.Combine(Path.GetTempPath(), DirectoryPrefix + Guid.NewGuid().ToString("N")[..12]);

    public string? DirectoryToRemove(DataDirectory data) =>
        isTest
        && Environment.GetEnvironmentVariable(KeepDataVariable) is null
        && Path.GetFileName(data.Root).StartsWith(DirectoryPrefix, StringComparison.Ordinal)
        && Path.GetDirectoryName(data.Root) == Path.TrimEndingDirectorySeparator(Path.GetTempPath())
            ? data.Root
            : null;
}
