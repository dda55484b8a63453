using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Platform.Cli.Routes;

/// <summary>JSON as YAML, such that <see cref="YamlReader"/> reads the same again.</summary>
internal static class YamlWriter
{
    private const string DocumentEnd = "...";

    public static string Write(JsonElement json)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(ToNode(json))).Save(text, assignAnchors: false);
        var written = text.ToString().TrimEnd();
        return (written.EndsWith("\n" + DocumentEnd, StringComparison.Ordinal) ? written[..^DocumentEnd.Length] : written).TrimEnd() + "\n";
    }

    private static YamlNode ToNode(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new YamlMappingNode(json.EnumerateObject().Select(property => KeyValuePair.Create<YamlNode, YamlNode>(Text(property.Name), ToNode(property.Value)))),
        JsonValueKind.Array => new YamlSequenceNode(json.EnumerateArray().Select(ToNode)),
        JsonValueKind.String => Text(json.GetString()!),
        JsonValueKind.Null => new YamlScalarNode("null"),
        _ => new YamlScalarNode(json.GetRawText()),
    };

    private static YamlScalarNode Text(string text) => new YamlScalarNode(text) { Style = YamlScalar.IsText(text) ? ScalarStyle.Any : ScalarStyle.DoubleQuoted };
}
