using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Platform.Contracts;

namespace Platform.Api.Routes;

/// <summary>
/// Reads a document as its contract's message, by the contract's field names. All fields that do not exist and all values of the wrong type are told at once: a
/// document is written by hand, and is mended in one go.
/// </summary>
internal sealed class DocumentReader
{
    private const int MostTold = 50;

    /// <summary>As much as a service takes in one message, with room to spare.</summary>
    private const int MostBytes = 1024 * 1024;

    private readonly List<string> _problems = [];

    /// <param name="checkRest">What is wrong with the fields that could be read, as whoever takes the document would say it; asked only where others could not.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with all problems, one a line.</exception>
    public static async Task<T> ReadAsync<T>(string name, JsonElement json, Func<T, Task<string>> checkRest)
        where T : IMessage<T>, new()
    {
        var reader = new DocumentReader();
        var document = new T();
        reader.ReadFields(name, json, document);
        if (document.CalculateSize() > MostBytes)
        {
            throw RpcErrors.InvalidArgument($"The {name} is above {MostBytes / 1024} KiB; nothing was changed.");
        }

        if (reader._problems.Count > 0)
        {
            var more = reader._problems.Count > MostTold ? $"\nand {reader._problems.Count - MostTold} more" : "";
            var rest = await checkRest(document) is { Length: > 0 } others ? $"\nAnd of what could be read of it:\n{others}" : "";
            throw RpcErrors.InvalidArgument(
                $"The {name} cannot be read; nothing was changed.\n{string.Join('\n', reader._problems.Take(MostTold))}{more}{rest}");
        }

        return document;
    }

    private void ReadFields(string place, JsonElement json, IMessage into)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Add(place, "must be an object with named fields.");
            return;
        }

        var seen = new HashSet<string>();
        foreach (var property in json.EnumerateObject())
        {
            var field = into.Descriptor.FindFieldByName(property.Name);
            if (field is null)
            {
                Add(place, $"there is no field '{Validation.Shown(property.Name)}' here. Fields: {string.Join(", ", into.Descriptor.Fields.InFieldNumberOrder().Select(known => known.Name))}.");
            }
            else if (!seen.Add(property.Name))
            {
                Add(place, $"the field '{property.Name}' is given twice.");
            }
            else
            {
                ReadField($"{place}.{property.Name}", property.Value, field, into);
            }
        }
    }

    private void ReadField(string place, JsonElement json, FieldDescriptor field, IMessage into)
    {
        if (field.IsMap)
        {
            ReadMap(place, json, field, into);
        }
        else if (!field.IsRepeated)
        {
            if (ReadValue(place, json, field) is { } value)
            {
                field.Accessor.SetValue(into, value);
            }
        }
        else if (json.ValueKind != JsonValueKind.Array)
        {
            Add(place, "must be a list.");
        }
        else
        {
            var list = (IList)field.Accessor.GetValue(into);
            foreach (var (index, item) in json.EnumerateArray().Index())
            {
                if (ReadValue($"{place}[{index}]", item, field) is { } value)
                {
                    list.Add(value);
                }
            }
        }
    }

    private void ReadMap(string place, JsonElement json, FieldDescriptor field, IMessage into)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Add(place, "must be an object of names and values.");
            return;
        }

        var entries = (IDictionary)field.Accessor.GetValue(into);
        var value = field.MessageType.FindFieldByNumber(2);
        foreach (var property in json.EnumerateObject())
        {
            var entryPlace = $"{place}.{Validation.Shown(property.Name)}";
            if (entries.Contains(property.Name))
            {
                Add(entryPlace, "is given twice.");
            }
            else if (ReadValue(entryPlace, property.Value, value) is { } read)
            {
                entries[property.Name] = read;
            }
        }
    }

    /// <summary>Null, and a problem, when the value is not of the field's type.</summary>
    private object? ReadValue(string place, JsonElement json, FieldDescriptor field)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                ReadFields(place, json, message);
                return message;
            case FieldType.String when json.ValueKind == JsonValueKind.String:
                return json.GetString()!;
            case FieldType.String:
                return Add(place, "must be a text. In YAML, put quotes around what looks like a number.");
            case FieldType.Int32:
                return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var small) ? small : Add(place, $"must be a whole number of at most {int.MaxValue}.");
            case FieldType.Int64:
                return json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var large) ? large : Add(place, "must be a whole number.");
            case FieldType.Bool:
                return json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : Add(place, "must be true or false.");
            default:
                throw new NotSupportedException($"{field.FullName} is of a type that no document has had.");
        }
    }

    private object? Add(string place, string problem)
    {
        _problems.Add($"{place}: {problem}");
        return null;
    }
}
