using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Platform.Contracts;

namespace Platform.Api.Http;

/// <summary>
/// Checks of request bodies that only this face can make, because a service cannot see that a field was absent. What is asked for whatever else the body has is marked
/// <see cref="RequiredAttribute"/> in its type, which the OpenAPI document tells by.
/// </summary>
internal static class Require
{
    public static string Text(string name, [NotNull] string? value) =>
        string.IsNullOrEmpty(value) ? throw RpcErrors.InvalidArgument($"{name} is required.") : value;

    /// <summary>A text that may be absent (then empty, as services have it), but is not empty where it is given: taken for absent it would name something else, or all.</summary>
    public static string Filled(string name, string? value) =>
        value is { Length: 0 } ? throw RpcErrors.InvalidArgument($"{name} is empty: give it a value or leave it out.") : value ?? "";

    public static T Value<T>(string name, [NotNull] T? value)
        where T : struct => value ?? throw RpcErrors.InvalidArgument($"{name} is required.");

    /// <summary>A list that may be empty.</summary>
    public static IReadOnlyList<string> Texts(string name, [NotNull] IReadOnlyList<string>? values) =>
        values ?? throw RpcErrors.InvalidArgument($"{name} is required.");

    public static IReadOnlyList<T> List<T>(string name, [NotNull] IReadOnlyList<T>? value) =>
        value is null || value.Count == 0 ? throw RpcErrors.InvalidArgument($"{name} is required, with at least one entry.") : value;

    /// <summary>A share of futures that a query or a body asks for; 0, by which services take the usual one, where it is absent.</summary>
    public static double Confidence(double? value) => value is null or (> 0 and < 1)
        ? value ?? 0
        : throw RpcErrors.InvalidArgument(string.Create(CultureInfo.InvariantCulture, $"confidence must be above 0 and below 1, such as 0.9; it is {value}."));

    /// <summary>An amount above zero.</summary>
    public static long PositiveNanos(string name, Money? value)
    {
        if (value is not { } amount)
        {
            throw RpcErrors.InvalidArgument($"{name} is required.", Reasons.AmountInvalid);
        }

        return amount.Nanos > 0
            ? amount.Nanos
            : throw RpcErrors.InvalidArgument($"{name} must be above zero; it is {amount}.", Reasons.AmountInvalid);
    }
}
