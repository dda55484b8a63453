using System.Buffers;
using System.Text.Json;
using Platform.Cli.TextFiles;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Platform.Cli.Routes;

/// <summary>A file of one YAML document (or JSON, which is YAML too) as JSON, which the API reads.</summary>
internal static class YamlReader
{
    private const int MostDepth = 50;

    /// <summary>Far above any policy that the API takes; a few bytes of YAML may stand for very many through aliases.</summary>
    private const int MostValues = 500_000;

    /// <exception cref="KtError">It cannot be read as YAML.</exception>
    public static JsonElement Read(string path)
    {
        using var text = TextFile.OpenText(path);
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (YamlException exception)
        {
            throw new KtError(ExitCodes.Usage, $"{path}, line {exception.Start.Line}: {exception.InnerException?.Message ?? exception.Message}");
        }

        if (stream.Documents.Count != 1)
        {
            throw new KtError(ExitCodes.Usage, $"{path} must have one document; it has {stream.Documents.Count}.");
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var written = 0;
            Write(json, stream.Documents[0].RootNode, path, depth: 0, ref written);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, YamlNode node, string path, int depth, ref int written)
    {
        if (depth > MostDepth || ++written > MostValues)
        {
            throw new KtError(ExitCodes.Usage, $"{path}, line {node.Start.Line}: nests deeper than {MostDepth} levels, or is larger than any policy.");
        }

        switch (node)
        {
            case YamlScalarNode { Style: ScalarStyle.Plain } scalar when scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific:
                YamlScalar.Write(json, scalar.Value ?? "");
                break;
            case YamlScalarNode scalar:
                json.WriteStringValue(scalar.Value);
                break;
            case YamlSequenceNode list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    Write(json, item, path, depth + 1, ref written);
                }

                json.WriteEndArray();
                break;
            case YamlMappingNode mapping:
                json.WriteStartObject();
                foreach (var (key, value) in mapping)
                {
                    json.WritePropertyName(key is YamlScalarNode { Value: { } name } ? name : throw new KtError(ExitCodes.Usage, $"{path}, line {key.Start.Line}: a name must be a text."));
                    Write(json, value, path, depth + 1, ref written);
                }

                json.WriteEndObject();
                break;
            default:
                throw new KtError(ExitCodes.Usage, $"{path}, line {node.Start.Line}: cannot be read.");
        }
    }
}
