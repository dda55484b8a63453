using System.Text.RegularExpressions;

namespace Platform.Api.Errors;

/// <summary>The framework's messages about parameters and bodies in the caller's own terms; .NET type names never leave.</summary>
internal static partial class BindingProblem
{
    public static string Describe(string message)
    {
        var parameter = Parameter().Match(message);
        if (parameter.Success)
        {
            return $"The parameter {parameter.Groups["name"].Value} cannot be '{parameter.Groups["value"].Value}'. GET /openapi/v1.json says what it takes.";
        }

        var missing = Missing().Match(message);
        if (missing.Success)
        {
            return $"{missing.Groups["name"].Value} is required.";
        }

        return message.Contains("no body was provided", StringComparison.Ordinal) ? "The request needs a JSON body." : message;
    }

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\" from \"(?<value>.*)\"\\.$")]
    private static partial Regex Parameter();

    [GeneratedRegex("^Required parameter \"\\S+ (?<name>\\w+)\" was not provided from query string\\.$")]
    private static partial Regex Missing();
}
