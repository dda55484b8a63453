using System.Text.Json;

namespace Platform.Routing.Shapes.Responses;

/// <summary>
/// A stream from response.created to response.completed, response.incomplete or response.failed, which carry the whole response and with it the usage: a stream that breaks
/// off before has an unknown one. Everything is passed on.
/// </summary>
internal sealed class ResponsesStreamFilter : EventStreamFilter
{
    /// <summary>The last event repeats the answer, its instructions and its tools.</summary>
    protected override int MaxHeldBytes => 32 * 1024 * 1024;

    protected override bool Take(ReadOnlySpan<byte> one)
    {
        // Quotes within text are escaped, so these names with their own are names.
        if (one.IndexOf("\"usage\""u8) < 0 && one.IndexOf("\"error\""u8) < 0)
        {
            return true;
        }

        var data = DataOf(one);
        var type = TypeOf(data);
        HasFailed |= type is "error" or "response.failed";
        if (type is "response.completed" or "response.incomplete" or "response.failed")
        {
            // Some leave out of the last event what they have said before.
            Usage = ResponsesUsage.OfEvent(data) is { } usage ? usage.Of(usage.IsUncounted || HasToken) : Usage;
        }

        return true;
    }

    /// <summary>What says that the request was taken in comes before anything is generated; an error may come instead of it.</summary>
    protected override StreamOpening Judge(ReadOnlySpan<byte> one) => DataOf(one) is not { IsEmpty: false } data ? StreamOpening.KeptOpen : TypeOf(data) switch
    {
        "keepalive" => StreamOpening.KeptOpen,
        "response.created" or "response.queued" or "response.in_progress" => StreamOpening.Waiting,
        "error" or "response.failed" => StreamOpening.Failed,
        _ => StreamOpening.Begun,
    };

    /// <summary>Null when the data is no event, whatever its bytes.</summary>
    private static string? TypeOf(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = AnswerJson.Reader(data);
            if (data.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
        }

        return null;
    }
}
