using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>The routing policy that the platform's gateway serves by.</summary>
internal static class ServedPolicy
{
    /// <summary>Each look is a process that has to start first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Answers once a version after this one is served.</summary>
    public static Task UntilAfterAsync(RunningPlatform platform, long version, CancellationToken cancellationToken) => Eventually.TrueAsync(
        async () =>
        {
            var explained = await platform.Kt.RunAsync(cancellationToken, "routes", "explain", "--model", "gpt-4o-mini", "-o", "json");
            Assert.True(explained.ExitCode == 0, explained.ToString());
            return (long)JsonNode.Parse(explained.Output)!["policy_version"]! > version;
        },
        Patience, $"the gateway to serve by a policy after version {version}");

    /// <summary>Puts an older document in force again and answers once it is served: until then the next test's calls would be met by what this one tried.</summary>
    public static async Task RollBackAsync(RunningPlatform platform, string version, CancellationToken cancellationToken)
    {
        var rolled = await platform.Kt.RunAsync(cancellationToken, "routes", "rollback", version, "-o", "json");
        Assert.True(rolled.ExitCode == 0, rolled.ToString());
        await UntilAfterAsync(platform, (long)JsonNode.Parse(rolled.Output)!["version"]!["version"]! - 1, cancellationToken);
    }
}
