using System.Text.Json.Nodes;

namespace Platform.IntegrationTests;

/// <summary>The lane of work that waits, with windows that are always open.</summary>
internal static class ScheduledLane
{
    /// <summary>Answers the version that was in force, once the gateway serves by the one with the windows.</summary>
    public static async Task<string> OpenAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        var shown = await RunAsync(platform, cancellationToken, "routes", "show");
        var policy = shown["policy"]!;
        policy["lanes"]!.AsArray().Single(lane => (string?)lane!["name"] == "scheduled")!["windows"] =
            new JsonArray(new JsonObject { ["cron"] = "* * * * *", ["time_zone"] = "UTC", ["minutes"] = 5 });
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, policy.ToJsonString(), cancellationToken);
        var applied = await platform.Kt.RunAsync(cancellationToken, "routes", "apply", "-f", file);
        Assert.True(applied.ExitCode == 0, applied.ToString());
        File.Delete(file);
        var before = (long)shown["version"]!;
        await ServedPolicy.UntilAfterAsync(platform, before, cancellationToken);
        return $"{before}";
    }

    private static async Task<JsonNode> RunAsync(RunningPlatform platform, CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await platform.Kt.RunAsync(cancellationToken, [.. arguments, "-o", "json"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonNode.Parse(result.Output)!;
    }
}
