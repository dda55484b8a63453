using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>An amount on the command line, read exactly: plain digits, at most nine places, above zero.</summary>
internal static class AmountOption
{
    public static Option<Money> Create(string name, string description) => new(name)
    {
        Description = description,
        Required = true,
        CustomParser = result => Parse(name, result),
    };

    /// <summary>One that may be negative, but not 0.</summary>
    public static Option<Money> Signed(string name, string description) => new(name)
    {
        Description = description,
        Required = true,
        CustomParser = result => Parse(name, result, isSigned: true),
    };

    /// <summary>One that may be left out; null then.</summary>
    public static Option<Money?> Optional(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(name, result),
    };

    private static Money Parse(string name, ArgumentResult result, bool isSigned = false)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (TryParse(text, out var amount, out var problem, isSigned))
        {
            return amount;
        }

        result.AddError($"{name}: {problem}");
        return default;
    }

    public static bool TryParse(string text, out Money amount, out string problem, bool isSigned = false)
    {
        amount = default;
        problem = "";
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            problem = $"'{text}' is not an amount; write it as 1500.00.";
        }
        else if (text.Length > 28 || !Money.TryFromDecimal(value, out amount))
        {
            problem = $"'{text}' has more than nine decimal places or is out of range.";
        }
        else if (amount.Nanos == 0 || (amount.Nanos < 0 && !isSigned))
        {
            problem = isSigned ? $"'{text}' must not be zero." : $"'{text}' must be above zero.";
        }

        return problem.Length == 0;
    }
}
