"""The reference chain, from a WAV file to windows: noisereduce, resample_poly. Prints CPU seconds per mode."""
import sys
import time

import noisereduce
import numpy
import scipy
from scipy.io import wavfile
from scipy.signal import resample_poly

path, mode = sys.argv[1:3]
began = time.process_time()
rate, samples = wavfile.read(path)
samples = samples.astype(numpy.float32) / 32768
clean = noisereduce.reduce_noise(y=samples, sr=rate, stationary=mode == "stationary")
common = numpy.gcd(rate, 32000)
clean = resample_poly(clean, 32000 // common, rate // common)
windows = clean[: len(clean) // 160000 * 160000].reshape(-1, 160000)
print(time.process_time() - began, f"numpy {numpy.__version__}, scipy {scipy.__version__}", sep="\t")
