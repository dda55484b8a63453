using System.CommandLine;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary>A share of a whole on the command line: above 0 and below 1. A comma begins no decimals: .NET takes it for a separator of thousands wherever it stands, so that 0,9 would be 9.</summary>
internal static class ShareOption
{
    /// <summary>Null when it is left out.</summary>
    public static Option<double?> Create(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is > 0 and < 1)
            {
                return share;
            }

            result.AddError($"{name}: '{text}' is no share above 0 and below 1, such as 0.9.");
            return null;
        },
    };
}
