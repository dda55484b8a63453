using System.Text.Json;
using Platform.Cli.Output;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>
/// Where the bill's names differ from ours. A record goes by the value of its tag, where there is one, else one that was imported by the project that its file named, where the
/// bill is by project, else by the last characters of its provider key; <c>names</c> says what the bill calls that. <c>models</c> says what we call a model of the bill.
/// </summary>
internal sealed record BillMapping(string? Tag, IReadOnlyDictionary<string, string> Names, IReadOnlyDictionary<string, string> Models)
{
    /// <summary>Where imported usage keeps what its file called its project.</summary>
    private const string ImportedProject = "import_project";

    public static readonly BillMapping None = new(null, new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>A JSON object with tag, names and models, each of which may be absent.</summary>
    public static BillMapping Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(TextFile.ReadBytes(path));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().FirstOrDefault(field => field.Name is not ("tag" or "names" or "models")) is { Value.ValueKind: not JsonValueKind.Undefined })
            {
                throw new KtError(ExitCodes.Failed, $"{path} must be an object with tag, names and models, and nothing else.");
            }

            var tag = root.TryGetProperty("tag", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return new BillMapping(tag, Texts(path, root, "names"), Texts(path, root, "models"));
        }
        catch (JsonException exception)
        {
            throw new KtError(ExitCodes.Failed, $"{path}: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: here the file stops being JSON. It must be an object with tag, names and models.");
        }
    }

    /// <summary>What the bill calls whoever made a record or an open attempt, as the API answers them: empty where that does not say.</summary>
    public string NameOf(JsonElement row, BillBy by)
    {
        var tagValue = Tag is not null ? TagOf(row, Tag) : "";
        var project = tagValue.Length == 0 && by == BillBy.Project && row.Text("funding") == "history" ? TagOf(row, ImportedProject) : "";
        var ours = tagValue.Length > 0 ? tagValue : project.Length > 0 ? project : row.Text("upstream_key");
        return Names.GetValueOrDefault(ours, ours);
    }

    private static string TagOf(JsonElement row, string name) =>
        row.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object ? tags.Text(name) : "";

    private static Dictionary<string, string> Texts(string path, JsonElement root, string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object)
        {
            foreach (var entry in map.EnumerateObject())
            {
                texts[entry.Name] = entry.Value.ValueKind == JsonValueKind.String
                    ? entry.Value.GetString()!
                    : throw new KtError(ExitCodes.Failed, $"{path}: {name}.{entry.Name} is {entry.Value.GetRawText()}, not a text.");
            }
        }

        return texts;
    }
}
