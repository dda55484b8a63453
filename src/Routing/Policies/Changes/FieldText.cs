using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Changes;

/// <summary>Says for people in which fields two messages differ, by the names of the document: <c>route.strategy: ordered → weighted</c>.</summary>
internal static class FieldText
{
    private const string Nothing = "–";
    private const int MostCharacters = 2_000;

    /// <param name="before">Null: it is new, and what it has is told.</param>
    /// <param name="after">Null: it is gone.</param>
    public static string Compare(IMessage? before, IMessage? after) =>
        Validation.Shown(string.Join("; ", before is null || after is null ? Fields((before ?? after)!) : Differences("", before, after)), MostCharacters);

    private static IEnumerable<string> Fields(IMessage message) => message.Descriptor.Fields.InFieldNumberOrder()
        .Select(field => (field.Name, Text: Show(message, field))).Where(pair => pair.Text != Nothing && pair.Name != "name").Select(pair => $"{pair.Name}: {pair.Text}");

    private static IEnumerable<string> Differences(string prefix, IMessage before, IMessage after) =>
        before.Descriptor.Fields.InFieldNumberOrder().SelectMany(field => Differences(prefix, field, before, after));

    private static IEnumerable<string> Differences(string prefix, FieldDescriptor field, IMessage before, IMessage after)
    {
        var (was, becomes) = (field.Accessor.GetValue(before), field.Accessor.GetValue(after));
        if (was is IDictionary oldEntries && becomes is IDictionary newEntries)
        {
            return Keys(oldEntries).Union(Keys(newEntries)).Order(StringComparer.Ordinal)
                .SelectMany(key => Differences($"{prefix}{field.Name}[{key}]", oldEntries[key], newEntries[key]));
        }

        if (was is IMessage && becomes is IMessage)
        {
            return Differences(prefix + field.Name, was, becomes);
        }

        var (old, now) = (Show(before, field), Show(after, field));
        return old == now ? [] : [$"{prefix}{field.Name}: {old} → {now}"];
    }

    private static IEnumerable<string> Differences(string place, object? was, object? becomes) =>
        was is IMessage old && becomes is IMessage now ? Differences(place + ".", old, now)
        : Equals(was, becomes) ? []
        : [$"{place}: {Show(was)} → {Show(becomes)}"];

    private static string Show(IMessage message, FieldDescriptor field) =>
        field.HasPresence && !field.Accessor.HasValue(message) ? Nothing
        : field.Accessor.GetValue(message) is var value && !field.HasPresence && value is 0 or 0L ? Nothing
        : Show(field.Accessor.GetValue(message));

    private static string Show(object? value) => value switch
    {
        null or "" or false => Nothing,
        string text => text,
        TargetChoice choice => choice.HasWeight ? $"{choice.Target} ({choice.Weight})" : choice.Target,
        IMessage message => $"{{{string.Join(", ", Fields(message))}}}",
        IDictionary { Count: 0 } or IList { Count: 0 } => Nothing,
        IDictionary entries => $"{{{string.Join(", ", Keys(entries).Order(StringComparer.Ordinal).Select(key => $"{key}: {Show(entries[key])}"))}}}",
        IList list => $"[{string.Join(", ", list.Cast<object>().Select(Show))}]",
        IFormattable figure => figure.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? Nothing,
    };

    private static IEnumerable<string> Keys(IDictionary entries) => entries.Keys.Cast<string>();
}
