using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value given from outside as <c>Parameters:name</c>, or by default.</summary>
public sealed class ParameterResource(string name, Func<string> read, bool secret) : Resource(name), IValueProvider
{
    private readonly Lazy<string> _value = new(read);

    public bool Secret => secret;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(_value.Value);
}

public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

/// <summary>A random text from the classes of characters that are switched on, at least one of each.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string LowerLetters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperLetters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    /// <summary>Characters; 22 of the default classes carry more than 128 bits.</summary>
    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public override string GetDefaultValue()
    {
        string[] classes = [Lower ? LowerLetters : "", Upper ? UpperLetters : "", Numeric ? Digits : "", Special ? SpecialCharacters : ""];
        var used = classes.Where(c => c.Length > 0).ToArray();
        if (used.Length == 0)
        {
            throw new InvalidOperationException("A generated parameter needs at least one class of characters.");
        }

        var all = string.Concat(used);
        var value = new char[Math.Max(MinLength, used.Length)];
        for (var i = 0; i < value.Length; i++)
        {
            var alphabet = i < used.Length ? used[i] : all;
            value[i] = alphabet[RandomNumberGenerator.GetInt32(alphabet.Length)];
        }

        RandomNumberGenerator.Shuffle<char>(value);
        return new string(value);
    }
}
