using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Api.Json;
using Platform.Contracts;

namespace Platform.Api.Errors;

/// <summary>Turns the serializer's error into one sentence with the place in the caller's own terms; .NET type names never leave.</summary>
internal static partial class JsonProblem
{
    /// <summary>An amount that cannot be kept exactly has a reason of its own, as it has behind this face.</summary>
    public static string ReasonOf(JsonException exception) =>
        exception.Message.StartsWith("The amount ", StringComparison.Ordinal) || exception.Message.StartsWith("An amount ", StringComparison.Ordinal)
            ? Reasons.AmountInvalid
            : Reasons.InvalidArgument;

    public static string Describe(JsonException exception)
    {
        if (exception is NullEntryException entry)
        {
            return $"{(exception.Path is { Length: > 2 } place ? place[2..] + "." : "")}{entry.Name} has a null in it; leave it out.";
        }

        var message = exception.Message;
        var unknown = UnknownField().Match(message);
        if (unknown.Success)
        {
            return $"There is no field '{unknown.Groups["name"].Value}' here{Place(exception)}. GET /openapi/v1.json lists the fields.";
        }

        var duplicate = DuplicateField().Match(message);
        if (duplicate.Success)
        {
            return $"The field '{duplicate.Groups["name"].Value}' is given twice{Place(exception)}.";
        }

        if (message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            return $"{Field(exception)} has a value of the wrong type{Place(exception)}.";
        }

        // The reader's own account speaks of its inside ("depth", "literal"); the serializer passes it on as the cause.
        if (exception.InnerException is JsonException)
        {
            return message.Contains("maximum configured depth", StringComparison.Ordinal)
                ? $"The body is nested too deep{Place(exception)}: at most 64 objects and lists within each other are read."
                : $"The body is not valid JSON{Place(exception)}. Mend it there: a comma, a quote, a value or a bracket is missing or too many.";
        }

        // What is left is one of our converters' sentences; the place is told apart.
        var sentence = PlaceSuffix().Replace(message, "").TrimEnd();
        return $"{Field(exception)}: {sentence.TrimEnd('.')}{Place(exception)}.";
    }

    private static string Field(JsonException exception) =>
        exception.Path is { Length: > 2 } path ? path[2..] : "The JSON body";

    private static string Place(JsonException exception) => exception is { LineNumber: { } line, BytePositionInLine: { } position }
        ? $" (line {line + 1}, byte {position + 1})"
        : "";

    [GeneratedRegex("^The JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex UnknownField();

    [GeneratedRegex("^Duplicate property '(?<name>[^']*)'")]
    private static partial Regex DuplicateField();

    [GeneratedRegex(@" (Path: \S+ \| )?LineNumber: \d+ \| BytePositionInLine: \d+\.?$")]
    private static partial Regex PlaceSuffix();
}
