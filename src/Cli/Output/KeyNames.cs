using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.Api;

namespace Platform.Cli.Output;

/// <summary>
/// Who is behind the keys that an answer names as its actors, for people: the key's name and whose it is, with its id, since two may have one name. JSON output has ids alone, as the API does. A key keeps its line when it has
/// ended, so an entry of years ago has its name too.
/// </summary>
internal static class KeyNames
{
    /// <summary>What the API calls them.</summary>
    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "actor", "acknowledged_by", "cancelled_by", "changed_by", "closed_by", "created_by", "ended_by", "owner", "set_by", "undo_asked_by",
    };

    /// <summary>What it calls those that called models.</summary>
    private static readonly string[] Callers = ["key", "key_id"];

    /// <summary>Ids asked for at once: what fits into a request's first line.</summary>
    private const int AtOnce = 100;

    private const string KeyStart = "key_";

    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Longer than any id that Wallet gives (36).</summary>
    private const int LongestId = 64;

    /// <summary>The answer as it is, or for people with names in it.</summary>
    /// <param name="answer">Goes on being its caller's to dispose.</param>
    /// <param name="callers">Keys that called models are named too.</param>
    public static async Task<JsonDocument> NamedAsync(
        this KtEnvironment environment, ApiClient api, OutputFormat format, JsonDocument answer, CancellationToken cancellation, bool callers = false)
    {
        if (format == OutputFormat.Json || JsonNode.Parse(answer.RootElement.GetRawText()) is not { } shown)
        {
            return answer;
        }

        var actors = Actors(shown, callers ? [.. Fields, .. Callers] : Fields).ToList();
        if (actors.Count == 0)
        {
            return answer;
        }

        var names = await ReadAsync(environment, api, [.. actors.Select(actor => actor.Id).Distinct(StringComparer.Ordinal)], cancellation);
        foreach (var (of, field, id) in actors.Where(actor => names.ContainsKey(actor.Id)))
        {
            of[field] = names[id];
        }

        return JsonDocument.Parse(shown.ToJsonString());
    }

    /// <summary>As <see cref="NamedAsync"/>, of what is asked for here.</summary>
    public static async Task<JsonDocument> GetNamedAsync(
        this KtEnvironment environment, ApiClient api, OutputFormat format, string path, CancellationToken cancellation, bool callers = false)
    {
        var answer = await api.GetAsync(path, cancellation);
        var named = await environment.NamedAsync(api, format, answer, cancellation, callers);
        if (!ReferenceEquals(named, answer))
        {
            answer.Dispose();
        }

        return named;
    }

    private static async Task<Dictionary<string, string>> ReadAsync(KtEnvironment environment, ApiClient api, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(environment.NamePatience);
        try
        {
            foreach (var some in ids.Chunk(AtOnce))
            {
                using var keys = await api.GetAsync(Query.Path("v1/keys", ("key_id", string.Join(',', some)), ("page_size", $"{AtOnce}")), patience.Token);
                foreach (var key in keys.RootElement.GetProperty("keys").EnumerateArray())
                {
                    names[key.Text("key_id")] = $"{key.Text("name")}{Show.Prefixed(" of ", key.Text("user_id"))} ({key.Text("key_id")})";
                }
            }
        }
        catch (Exception exception) when (exception is KtError or HttpRequestException)
        {
            Tell(environment, exception.Message);
        }
        catch (OperationCanceledException)
        {
            // What was asked for is answered, and a change done: whoever stops the wait for names is told that, not that it ended early.
            Tell(environment, cancellation.IsCancellationRequested ? "The wait for them was stopped." : $"They have not come within {environment.NamePatience.TotalSeconds:0.#} seconds.");
        }

        return names;
    }

    private static void Tell(KtEnvironment environment, string why) =>
        environment.Error.WriteLine($"The names of keys could not be looked up, so their ids stand alone: {why}");

    private static IEnumerable<(JsonObject Of, string Field, string Id)> Actors(JsonNode? node, HashSet<string> fields) => node switch
    {
        JsonArray list => list.SelectMany(entry => Actors(entry, fields)),
        JsonObject thing => thing.SelectMany(field =>
            field.Value is JsonValue value && fields.Contains(field.Key) && value.TryGetValue<string>(out var id) && IsId(id)
                ? [(thing, field.Key, id)]
                : Actors(field.Value, fields)),
        _ => [],
    };

    /// <summary>A caller of imported usage may be called anything: what is no id is not asked for, nor are many taken for one.</summary>
    private static bool IsId(string text) =>
        text.Length <= LongestId && text.StartsWith(KeyStart, StringComparison.Ordinal) && text.AsSpan(KeyStart.Length) is { Length: > 0 } rest && !rest.ContainsAnyExcept(LettersAndDigits);
}
