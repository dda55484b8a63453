using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Platform.Contracts;

namespace Platform.Api.Json;

/// <summary>
/// Amounts as JSON numbers, read from their digits and never by way of binary floating point. More than nine places, an exponent, or an amount
/// out of range is refused: nothing is rounded on the way in. Answers carry nine places.
/// </summary>
internal sealed class MoneyJsonConverter : JsonConverter<Money>
{
    private const int LongestShown = 40;

    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException("An amount is a JSON number, for example 1500.00.");
        }

        var digits = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        return TryParse(Encoding.ASCII.GetString(digits), out var money, out var problem) ? money : throw new JsonException(problem);
    }

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToFixedString(), skipInputValidation: true);

    /// <summary>Reads plain decimal digits exactly; `problem` says what to change when they are no amount.</summary>
    public static bool TryParse(string text, out Money money, out string problem)
    {
        money = default;
        problem = "";
        if (text.AsSpan().IndexOfAny('e', 'E') >= 0)
        {
            problem = $"The amount {Validation.Shown(text, LongestShown)} has an exponent; write it in plain digits.";
            return false;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : text.TrimEnd('0').Length - point - 1;
        if (places > Money.DecimalPlaces)
        {
            problem = $"The amount {Validation.Shown(text, LongestShown)} has {places} decimal places; at most {Money.DecimalPlaces} can be kept.";
            return false;
        }

        // Zeros behind the ninth place are cut before parsing, so that the value stays within what a decimal holds exactly.
        var exact = point >= 0 && text.Length > point + 1 + Money.DecimalPlaces ? text[..(point + 1 + Money.DecimalPlaces)] : text;
        if (!decimal.TryParse(exact, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || !Money.TryFromDecimal(amount, out money))
        {
            problem = $"The amount {Validation.Shown(text, LongestShown)} is out of range; the largest is 9223372036.854775807.";
            return false;
        }

        return true;
    }
}
