using System.Text;
using System.Text.Json;
using CsCheck;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes;

/// <summary>Bodies and answers that nobody thought of: what the gateway does not set stays the caller's to the byte, and nothing that anybody sends throws.</summary>
public sealed class AnyBodyTests
{
    private const int Iterations = 3_000;

    private static readonly Dictionary<string, (WireShape Shape, string Prompt, string? CapField)> All = new()
    {
        ["chat"] = (new ChatShape(), "\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}]", "max_tokens"),
        ["messages"] = (new MessagesShape(), "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]", "max_tokens"),
        ["embeddings"] = (new EmbeddingsShape(), "\"input\":[\"a\", \"\\/\"]", null),
        ["responses"] = (new ResponsesShape(), "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"\\u00e9\"}]}]", "max_output_tokens"),
    };

    private static readonly RouteTarget Target = Routes.Target("up/model");

    private static readonly Gen<string> Space = Pick("", " ", "\n", "\t \r\n");

    // JSON with every kind of value and spelling, that a parser and writer would change.
    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, inner) => depth > 4 ? Scalar() : Gen.OneOf(
        Scalar(),
        Gen.Select(inner.Array[0, 3], Space, (items, space) => "[" + string.Join("," + space, items) + space + "]"),
        Gen.Select(Gen.Select(Name(), inner).Array[0, 3], Space, (members, space) => "{" + string.Join(space + ",", members.Select(member => member.Item1 + ":" + space + member.Item2)) + "}")));

    public static TheoryData<string> Shapes => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_byte_but_those_that_the_gateway_sets_goes_upstream_unchanged(string name)
    {
        var (shape, prompt, capField) = All[name];
        // Unknown fields, once or twice, named so that none of them decides on money.
        var unknown = Gen.Select(Gen.Int[0, 9], Value, (number, value) => $"\"x{number}\":{value}");
        Gen.Select(unknown.Array[0, 6], Gen.Int[1, 5000], Gen.Int[1, 5000], Space, Gen.Int).Sample((fields, asked, cap, space, order) =>
        {
            string Body(string model, int tokens)
            {
                string[] all = [$"\"model\":{space}\"{model}\"", prompt, .. capField is not null ? [$"\"{capField}\":{tokens}"] : Array.Empty<string>(), .. fields];
                new Random(order).Shuffle(all);
                return "{" + space + string.Join(space + "," + space, all) + space + "}" + space;
            }

            var body = Encoding.UTF8.GetBytes(Body("small", asked));
            Assert.Null(shape.TryRead(body, out var request));
            Assert.Equal(Body(Target.Model, cap), Encoding.UTF8.GetString(request.ToUpstream(Target, cap)));
            Assert.True(request.MaxInputTokensAt(Target) > 0);
        }, iter: Iterations);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Body_of_any_json_whole_or_cut_is_answered_and_never_throws(string name)
    {
        var shape = All[name].Shape;
        var known = Pick(
            "model", "messages", "input", "max_tokens", "stream", "stream_options", "system", "tools", "content", "source", "type", "data", "image_url", "url", "n",
            "service_tier", "modalities", "context_management", "edits", "speed", "mcp_servers", "previous_response_id", "output", "encrypted_content", "role", "file_id", "detail", "max_output_tokens");
        var json = Gen.Recursive<string>((depth, inner) => depth > 5 ? Scalar() : Gen.OneOf(
            Scalar(), Pick("\"image\"", "\"text\"", "\"base64\"", "\"image_url\"", "\"document\"", "\"input_image\"", "\"reasoning\"", "\"function\""),
            inner.Array[0, 3].Select(items => "[" + string.Join(",", items) + "]"),
            Gen.Select(known, inner).Array[0, 5].Select(members => "{" + string.Join(",", members.Select(member => $"\"{member.Item1}\":{member.Item2}")) + "}")));
        Gen.Select(json, Gen.Int[0, 400]).Sample((text, cut) =>
        {
            foreach (var body in new[] { text, text[..Math.Min(cut, text.Length)] })
            {
                var error = shape.TryRead(Encoding.UTF8.GetBytes(body), out var request);
                Assert.True(error is { Status: 400 } || request.MaxInputTokensAt(Routes.Target("gpt-4o")) >= 0 || request.BoundByContext is not null || request.UnservedError is not null);
            }
        }, iter: Iterations);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Answer_of_any_bytes_plain_or_streamed_never_throws(string name)
    {
        var shape = All[name].Shape;
        var piece = Pick(
            "{", "}", "[", "]", ":", ",", "\"usage\"", "\"message\"", "\"type\"", "\"message_delta\"", "\"message_start\"", "\"prompt_tokens\"", "\"input_tokens\"", "\"output_tokens\"",
            "\"cache_creation\"", "\"cache_creation_input_tokens\"", "\"input_tokens_details\"", "\"ephemeral_1h_input_tokens\"", "\"choices\"", "\"response\"", "\"response.completed\"", "1", "-1", "1e99", "99999999999999999999", "null", "\"\\ud800\"", "data: ", "event: ", "\n", "\r\n", "\n\n", "[DONE]", "\0", "é");
        Assert.Null(shape.ReadUsage("{\"\\ud800\":1,\"usage\":{\"\\ud800\":1}}"u8));
        Gen.Select(piece.Array[0, 40], Gen.Int[1, 64]).Sample((pieces, size) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(pieces));
            shape.ReadUsage(bytes);
            var filter = shape.NewStreamFilter(new ChatRequest([]) { Stream = true });
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            foreach (var chunk in bytes.Chunk(size))
            {
                filter.Feed(chunk, output);
            }

            filter.End(output);
            Assert.True(filter.Usage is not { } usage || Math.Min(Math.Min(usage.Input, usage.CachedInput), Math.Min(usage.Output, usage.CacheWrite)) >= 0);
        }, iter: Iterations);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Body_as_deep_as_it_is_long_is_refused(string name)
    {
        var deep = Encoding.UTF8.GetBytes("{\"messages\":" + new string('[', 500_000));
        Assert.Equal(400, All[name].Shape.TryRead(deep, out _)?.Status);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Bytes_that_are_no_text_are_refused_wherever_they_stand(string name)
    {
        // A server that takes them reads three bytes for each.
        foreach (var place in new[] { "\"x\":\"a\u00ff\"", "\"x\u00ff\":1", "\"x\":[{\"\u00ff\":\"\u00ff\"}]" })
        {
            var (shape, prompt, capField) = All[name];
            var cap = capField is null ? "" : $"\"{capField}\":1,";
            var sound = $"{{\"model\":\"m\",{cap}{prompt},{place}}}";
            Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes(sound), out _));
            var error = shape.TryRead(Encoding.Latin1.GetBytes(sound), out _);
            Assert.Equal((400, "INVALID_ARGUMENT"), (error?.Status, error?.Code));
            Assert.Contains("UTF-8", error!.Message, StringComparison.Ordinal);
        }
    }

    private static Gen<string> Scalar() => Gen.OneOf(
        Pick("null", "true", "1.0E+0", "-0", "123456789012345678901234567890.10", "\"\\u00e9\\/\\ud83d\\ude00\"", "\"é😀\"", "\"\\\"model\\\":\""),
        Gen.Double.Select(number => double.IsFinite(number) ? number.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : "0"),
        Gen.String[0, 8].Select(text => JsonSerializer.Serialize(text)));

    private static Gen<string> Name() => Pick("\"model\"", "\"max_tokens\"", "\"stream\"", "\"a b\"", "\"\\u006dodel\"", "\"\"");

    private static Gen<string> Pick(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
