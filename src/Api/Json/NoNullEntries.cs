using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Platform.Api.Json;

/// <summary>
/// Refuses a null inside a list or a map whose entries are declared as never null. The serializer lets one through, whatever the declaration says, and whoever reads
/// the entries then fails on it. Where one entry is judged apart from the others, the declaration allows null.
/// </summary>
internal static class NoNullEntries
{
    /// <summary>For the resolver's modifiers.</summary>
    public static void Apply(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        var nullability = new NullabilityInfoContext();
        var collections = type.Properties
            .Where(property => property is { Get: not null, AttributeProvider: PropertyInfo info } && Entries(nullability.Create(info)) is { ReadState: NullabilityState.NotNull })
            .Select(property => (property.Name, Get: property.Get!))
            .ToList();
        if (collections.Count == 0)
        {
            return;
        }

        type.OnDeserialized += body =>
        {
            foreach (var (name, get) in collections)
            {
                if (HasNull(get(body)))
                {
                    throw new NullEntryException(name);
                }
            }
        };
    }

    /// <summary>What is known of a list's entries or a map's values; null for any other type.</summary>
    private static NullabilityInfo? Entries(NullabilityInfo property) =>
        property.ElementType is { } element ? element
        : property.Type != typeof(string) && property.Type.IsAssignableTo(typeof(IEnumerable)) && property.GenericTypeArguments is [.., var last] ? last
        : null;

    private static bool HasNull(object? collection) =>
        (collection is IDictionary map ? map.Values : collection as IEnumerable ?? Array.Empty<object>()).Cast<object?>().Any(entry => entry is null);
}

/// <summary>The place of the body that the list is in is the serializer's to add.</summary>
/// <param name="name">The list's or the map's.</param>
internal sealed class NullEntryException(string name) : JsonException
{
    public string Name { get; } = name;
}
