using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary>Says which models and lanes of a token nobody serves: it is made all the same, because they may come later, but a slip would refuse every call of it.</summary>
internal static class KnownNames
{
    /// <summary>In which calls are unless a policy says another.</summary>
    private const string DefaultLane = "standard";

    /// <param name="models">Null or empty: none were given.</param>
    public static async Task WarnAsync(KtEnvironment environment, ApiClient api, string[]? models, string[]? lanes, CancellationToken cancellation)
    {
        if (models is not { Length: > 0 } && lanes is not { Length: > 0 })
        {
            return;
        }

        try
        {
            using var served = await api.GetAsync("v1/models", cancellation);
            using var routes = await api.GetAsync("v1/routes", cancellation);
            var (knownModels, knownLanes) = Read(served.RootElement, routes.RootElement);
            Warn(environment, "model", models, knownModels, "kt routes show names the models");
            Warn(environment, "lane", lanes, knownLanes, "kt routes show names the lanes");
        }
        catch (Exception exception) when (exception is KtError or HttpRequestException)
        {
            environment.Error.WriteLine("Whether its models and lanes are served could not be looked up; kt routes show names them.");
        }
    }

    private static (HashSet<string> Models, HashSet<string> Lanes) Read(JsonElement served, JsonElement routes)
    {
        var models = Items(served, "models").Select(model => model.Text("name")).ToHashSet(StringComparer.Ordinal);
        var lanes = Items(served, "models").Select(model => model.Text("lane")).Append(DefaultLane).ToHashSet(StringComparer.Ordinal);
        if (!routes.TryGetProperty("policy", out var policy) || policy.ValueKind != JsonValueKind.Object)
        {
            return (models, lanes);
        }

        lanes.UnionWith(Items(policy, "lanes").Select(lane => lane.Text("name")));
        foreach (var model in Items(policy, "models"))
        {
            models.Add(model.Text("name"));
            models.UnionWith(Items(model, "aliases").Select(alias => alias.ToString()));
            lanes.Add(model.Text("lane"));
            lanes.UnionWith(model.TryGetProperty("lanes", out var own) && own.ValueKind == JsonValueKind.Object ? own.EnumerateObject().Select(lane => lane.Name) : []);
        }

        return (models, lanes);
    }

    private static JsonElement[] Items(JsonElement of, string name) =>
        of.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static void Warn(KtEnvironment environment, string what, string[]? names, HashSet<string> known, string where)
    {
        foreach (var name in (names ?? []).Where(name => !known.Contains(name)))
        {
            var near = NearNames.Of(name, known);
            environment.Error.WriteLine(
                $"Warning: no {what} '{name}' is served, so calls for it are refused. {(near.Count > 0 ? $"Near it: {string.Join(", ", near)}." : $"{where}.")} kt auth token allow changes it.");
        }
    }
}
