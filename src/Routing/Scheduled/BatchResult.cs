using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Platform.Routing.Shapes;

namespace Platform.Routing.Scheduled;

/// <summary>One line of a batch's results, in OpenAI's form.</summary>
internal static class BatchResult
{
    public static void Write(IBufferWriter<byte> output, ItemResult result)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("position", result.Position);
            json.WriteString("custom_id", result.CustomId);
            json.WriteString("state", result.State.ToString().ToLowerInvariant());
            json.WritePropertyName("response");
            WriteResponse(json, result);
            json.WritePropertyName("error");
            WriteError(json, result.State);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteResponse(Utf8JsonWriter json, ItemResult result)
    {
        if (result.Status == 0)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("status_code", result.Status);
        json.WriteString("request_id", result.AttemptId);
        json.WritePropertyName("body");
        if (IsJson(result.Answer))
        {
            json.WriteRawValue(OnOneLine(result.Answer), skipInputValidation: true);
        }
        else
        {
            json.WriteStringValue(System.Text.Encoding.UTF8.GetString(result.Answer));
        }

        json.WriteEndObject();
    }

    /// <summary>A result is a line, and some providers lay their answers out over many, OpenAI above all. Within the texts of JSON no line ends, so a space in place of each changes nothing.</summary>
    private static byte[] OnOneLine(byte[] json)
    {
        if (json.AsSpan().IndexOfAny("\r\n"u8) < 0)
        {
            return json;
        }

        var line = json.AsSpan().ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    private static void WriteError(Utf8JsonWriter json, ItemState state)
    {
        if (state is ItemState.Unknown or ItemState.Cancelled)
        {
            json.WriteStartObject();
            json.WriteString("code", state == ItemState.Unknown ? "outcome_unknown" : "cancelled");
            json.WriteString(
                "message",
                state == ItemState.Unknown
                    ? "It was or may have been sent, and its answer is lost. It was not sent again; if it was billed, its cost is in the usage records or in suspense."
                    : "The batch was cancelled before it began.");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
    }

    /// <summary>Its texts are not looked into by reading it, and one byte that is no UTF-8 would make all results unreadable.</summary>
    private static bool IsJson(byte[] bytes)
    {
        try
        {
            var reader = AnswerJson.Reader(bytes);
            return Utf8.IsValid(bytes) && reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
