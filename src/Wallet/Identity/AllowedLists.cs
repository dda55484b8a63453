using Google.Protobuf.Collections;
using Platform.Contracts;

namespace Platform.Wallet.Identity;

/// <summary>What the contract says of the models and lanes that a key may ask for.</summary>
internal static class AllowedLists
{
    private const int Limit = 100;

    /// <summary>INVALID_ARGUMENT unless both lists are fine. Whether a model or lane exists is Routing's matter: it may come later.</summary>
    public static void Require(RepeatedField<string> models, RepeatedField<string> lanes)
    {
        Rules.Require(Check("allowed_models", models, Model) ?? Check("allowed_lanes", lanes, Lane));
    }

    private static string? Check(string name, RepeatedField<string> values, Func<string, string, string?> one) =>
        values.Count > Limit ? $"{name} has {values.Count} entries; it may have at most {Limit}."
        : values.Distinct(StringComparer.Ordinal).Count() < values.Count ? $"{name} names an entry twice."
        : values.Select(value => one(name, value)).FirstOrDefault(problem => problem is not null);

    private static string? Model(string name, string value) =>
        value.Length is >= 1 and <= 200 && !value.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter))
            ? null
            : $"{name}: '{Validation.Shown(value)}' must have 1 to 200 characters and no white space.";

    private static string? Lane(string name, string value) =>
        value.Length == 0 ? $"{name}: a lane's name is not empty." : Validation.Label(name, value);
}
