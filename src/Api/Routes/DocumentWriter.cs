using System.Collections;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Platform.Api.Routes;

/// <summary>Writes a message as <see cref="DocumentReader"/> reads it: by the contract's field names, without what is empty, numbers as numbers.</summary>
internal static class DocumentWriter
{
    public static JsonObject Write(IMessage message)
    {
        var json = new JsonObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.HasPresence ? field.Accessor.HasValue(message) : !IsEmpty(value))
            {
                json[field.Name] = ToNode(field, value);
            }
        }

        return json;
    }

    private static JsonNode? ToNode(FieldDescriptor field, object value) => value switch
    {
        IDictionary entries => new JsonObject(
            entries.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => KeyValuePair.Create(key, ToNode(field.MessageType.FindFieldByNumber(2), entries[key]!)))),
        IList list => new JsonArray([.. list.Cast<object>().Select(item => ToNode(field, item))]),
        IMessage message => Write(message),
        string text => text,
        int figure => figure,
        long figure => figure,
        bool flag => flag,
        _ => throw new NotSupportedException($"{field.FullName} is of a type that no document has had."),
    };

    private static bool IsEmpty(object value) => value is "" or 0 or 0L or false or ICollection { Count: 0 };
}
