using System.Text.Json;
using Platform.Contracts;

namespace Platform.Api.Json;

/// <summary>The contract's enum values as REST shows them: lower case with underscores, "unspecified" as empty.</summary>
internal static class EnumText
{
    private const string Unspecified = "unspecified";

    public static string Of<T>(T value)
        where T : struct, Enum
    {
        var text = JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
        return text == Unspecified ? "" : text;
    }

    /// <summary>False for a name that the contract does not have; "unspecified" cannot be asked for.</summary>
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            var name = Of(candidate);
            if (name.Length > 0 && name == text)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Those that a parameter names, comma-separated; none where it is absent.</summary>
    /// <param name="what">What one of them is, for messages: <c>kind</c>.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT for a name that the contract does not have.</exception>
    public static IEnumerable<T> List<T>(string what, string? text)
        where T : struct, Enum => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => TryParse<T>(name, out var known) ? known : throw RpcErrors.InvalidArgument($"There is no {what} '{Validation.Shown(name)}'; it is one of {Names<T>()}."));

    /// <summary>All names that may be asked for, for messages.</summary>
    public static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Of).Where(name => name.Length > 0));
}
