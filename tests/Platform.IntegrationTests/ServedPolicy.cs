using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>The routing policy that the platform's gateway serves by.</summary>
internal static class ServedPolicy
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Answers once a version after this one is served.</summary>
    public static Task UntilAfterAsync(RunningPlatform platform, long version, CancellationToken cancellationToken) => Eventually.TrueAsync(
        async () =>
        {
            var explained = await platform.Kt.RunAsync(cancellationToken, "routes", "explain", "--model", "gpt-4o-mini", "-o", "json");
            Assert.True(explained.ExitCode == 0, explained.ToString());
            return (long)JsonNode.Parse(explained.Output)!["policy_version"]! > version;
        },
        Patience, $"the gateway to serve by a policy after version {version}");
}
