namespace Platform.NativeHost.Engine;

/// <summary>The values of all parameters, <c>name=value</c> a line, readable by its owner only; generated ones are read back from it.</summary>
internal sealed class ParameterFile(DataDirectory data)
{
    private readonly Lock _gate = new();
    private SortedDictionary<string, string>? _values;

    public string FilePath => Path.Combine(data.Run, "parameters");

    public string? Find(string name)
    {
        lock (_gate)
        {
            return Values().GetValueOrDefault(name);
        }
    }

    public void Keep(string name, string value)
    {
        lock (_gate)
        {
            var values = Values();
            if (values.GetValueOrDefault(name) == value)
            {
                return;
            }

            values[name] = value;
            Write(values);
        }
    }

    private SortedDictionary<string, string> Values()
    {
        if (_values is not null)
        {
            return _values;
        }

        _values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(FilePath))
        {
            foreach (var line in File.ReadLines(FilePath))
            {
                var split = line.IndexOf('=', StringComparison.Ordinal);
                if (split > 0)
                {
                    _values[line[..split]] = line[(split + 1)..];
                }
            }
        }

        return _values;
    }

    // Written beside and renamed, so that a crash never leaves half a file of passwords.
    private void Write(SortedDictionary<string, string> values)
    {
        Directory.CreateDirectory(data.Run);
        var temporary = FilePath + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(stream))
        {
            foreach (var (name, value) in values)
            {
                writer.Write($"{name}={value}\n");
            }
        }

        File.Move(temporary, FilePath, overwrite: true);
    }
}
